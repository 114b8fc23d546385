/** Tests. */
@NullMarked
package io.peft4j.benchmarks.plot;

import org.jspecify.annotations.NullMarked;
