/** Tests. */
@NullMarked
package io.peft4j.benchmarks.measure;

import org.jspecify.annotations.NullMarked;
