/** Tests. */
@NullMarked
package io.peft4j.benchmarks.product;

import org.jspecify.annotations.NullMarked;
