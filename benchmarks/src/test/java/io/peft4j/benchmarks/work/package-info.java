/** Tests. */
@NullMarked
package io.peft4j.benchmarks.work;

import org.jspecify.annotations.NullMarked;
