/**
 * How well a task is done: streaming metrics, their scores, and the change against baselines.
 *
 * <p>Records, enumerations and exceptions are values. Safe for use by several threads.
 */
@NullMarked
package io.peft4j.harness.metric;

import org.jspecify.annotations.NullMarked;
