/** Tests of HyperFormer. */
@NullMarked
package io.peft4j.baselines.hyperformer;

import org.jspecify.annotations.NullMarked;
