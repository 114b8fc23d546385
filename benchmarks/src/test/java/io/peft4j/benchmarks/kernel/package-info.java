/** Tests. */
@NullMarked
package io.peft4j.benchmarks.kernel;

import org.jspecify.annotations.NullMarked;
