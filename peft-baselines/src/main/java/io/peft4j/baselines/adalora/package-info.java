/** AdaLoRA: low-rank updates whose singular values are pruned to a budget while they train. */
@NullMarked
package io.peft4j.baselines.adalora;

import org.jspecify.annotations.NullMarked;
