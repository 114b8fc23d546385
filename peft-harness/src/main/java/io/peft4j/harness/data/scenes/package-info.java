/**
 * The embedded data sets: procedural rooms and single objects, with exact dense ground truth.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.harness.data.scenes;

import org.jspecify.annotations.NullMarked;
