/** Decompositions of weights that methods start from, the same to the bit on every machine. */
@NullMarked
package io.peft4j.api.linalg;

import org.jspecify.annotations.NullMarked;
