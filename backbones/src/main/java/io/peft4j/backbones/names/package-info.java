/** What the parameters of a backbone are called in the checkpoints of different codes. */
@NullMarked
package io.peft4j.backbones.names;

import org.jspecify.annotations.NullMarked;
