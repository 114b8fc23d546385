/** HyperFormer (Karimi Mahabadi et al. 2021). */
@NullMarked
package io.peft4j.baselines.hyperformer;

import org.jspecify.annotations.NullMarked;
