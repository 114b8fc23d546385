/** TGLoRA: low-rank adapters of task groups that split with depth. */
@NullMarked
package io.peft4j.tglora;

import org.jspecify.annotations.NullMarked;
