/**
 * Data sets as ND4J iterators, with what a run needs to know of them.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.harness.data;

import org.jspecify.annotations.NullMarked;
