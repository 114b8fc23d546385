/** Named tensors of a file, whatever its format, read one at a time. */
@NullMarked
package io.peft4j.backbones.checkpoint;

import org.jspecify.annotations.NullMarked;
