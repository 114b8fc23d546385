/** Low-rank adaptation of linear layers: LoRA, rsLoRA, PiSSA and DoRA. */
@NullMarked
package io.peft4j.lora;

import org.jspecify.annotations.NullMarked;
