/** The libtorch side of the benchmark: the same works from the same files as the Python side. */
@NullMarked
package io.peft4j.benchmarks.libtorch;

import org.jspecify.annotations.NullMarked;
