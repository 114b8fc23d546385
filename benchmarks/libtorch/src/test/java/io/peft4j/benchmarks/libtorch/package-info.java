/** Tests of the libtorch side; they run where its artifacts are asked for. */
@NullMarked
package io.peft4j.benchmarks.libtorch;

import org.jspecify.annotations.NullMarked;
