/**
 * Training: optimizer, learning-rate schedule and what happens to gradients in between.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.harness.train;

import org.jspecify.annotations.NullMarked;
