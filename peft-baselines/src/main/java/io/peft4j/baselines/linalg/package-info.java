/** Orthonormal rows: at random, and back to them after a step. */
@NullMarked
package io.peft4j.baselines.linalg;

import org.jspecify.annotations.NullMarked;
