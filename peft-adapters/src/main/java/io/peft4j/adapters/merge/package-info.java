/** Plain checkpoints of adapted backbones, and their undoing. */
@NullMarked
package io.peft4j.adapters.merge;

import org.jspecify.annotations.NullMarked;
