/** What is measured: models, inputs and one step of each. */
@NullMarked
package io.peft4j.benchmarks.work;

import org.jspecify.annotations.NullMarked;
