/** The matrix products of a step, counted from its graph and run alone. */
@NullMarked
package io.peft4j.benchmarks.product;

import org.jspecify.annotations.NullMarked;
