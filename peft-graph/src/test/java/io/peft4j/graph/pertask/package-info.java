/** Tests of the package of the same name. */
@NullMarked
package io.peft4j.graph.pertask;

import org.jspecify.annotations.NullMarked;
