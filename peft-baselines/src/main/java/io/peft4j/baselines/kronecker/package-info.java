/** Matrices composed of smaller ones: Kronecker sums and low-rank products. */
@NullMarked
package io.peft4j.baselines.kronecker;

import org.jspecify.annotations.NullMarked;
