/** The backbones of all families by name. */
@NullMarked
package io.peft4j.backbones;

import org.jspecify.annotations.NullMarked;
