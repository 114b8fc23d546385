/** What adapters are compared with: full fine-tuning, decoders only, BitFit. */
@NullMarked
package io.peft4j.baselines;

import org.jspecify.annotations.NullMarked;
