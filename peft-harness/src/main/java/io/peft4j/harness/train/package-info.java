/** Training: optimizer, learning-rate schedule and what happens to gradients in between. */
@NullMarked
package io.peft4j.harness.train;

import org.jspecify.annotations.NullMarked;
