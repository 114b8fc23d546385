/** Time and memory of this process. */
@NullMarked
package io.peft4j.benchmarks.measure;

import org.jspecify.annotations.NullMarked;
