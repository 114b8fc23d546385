/** How well a task is done: streaming metrics, their scores, and the change against baselines. */
@NullMarked
package io.peft4j.harness.metric;

import org.jspecify.annotations.NullMarked;
