/** Tests. */
@NullMarked
package io.peft4j.benchmarks.exchange;

import org.jspecify.annotations.NullMarked;
