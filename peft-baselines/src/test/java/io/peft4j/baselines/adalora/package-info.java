/** Tests of AdaLoRA. */
@NullMarked
package io.peft4j.baselines.adalora;

import org.jspecify.annotations.NullMarked;
