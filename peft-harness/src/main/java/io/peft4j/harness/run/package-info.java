/**
 * Runs: what is trained on what, its record on disk, and comparisons of several.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.harness.run;

import org.jspecify.annotations.NullMarked;
