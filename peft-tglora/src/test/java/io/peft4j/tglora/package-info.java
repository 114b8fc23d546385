/** Proofs of TGLoRA. */
@NullMarked
package io.peft4j.tglora;

import org.jspecify.annotations.NullMarked;
