/**
 * Decompositions of weights that methods start from, the same to the bit on every machine.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.api.linalg;

import org.jspecify.annotations.NullMarked;
