/** Tests. */
@NullMarked
package io.peft4j.benchmarks;

import org.jspecify.annotations.NullMarked;
