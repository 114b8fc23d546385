/** Networks that generate the weights of adapters from an embedding of the task. */
@NullMarked
package io.peft4j.baselines.hypernet;

import org.jspecify.annotations.NullMarked;
