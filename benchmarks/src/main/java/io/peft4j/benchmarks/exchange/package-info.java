/**
 * Weights, inputs, loss and gradients in a file, for the peer to prove that it computes the same.
 */
@NullMarked
package io.peft4j.benchmarks.exchange;

import org.jspecify.annotations.NullMarked;
