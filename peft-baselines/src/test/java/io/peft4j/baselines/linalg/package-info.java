/** Tests of orthonormal rows. */
@NullMarked
package io.peft4j.baselines.linalg;

import org.jspecify.annotations.NullMarked;
