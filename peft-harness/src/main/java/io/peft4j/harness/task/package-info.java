/** Tasks: what each predicts, how it is lost and how it is measured, one class per task. */
@NullMarked
package io.peft4j.harness.task;

import org.jspecify.annotations.NullMarked;
