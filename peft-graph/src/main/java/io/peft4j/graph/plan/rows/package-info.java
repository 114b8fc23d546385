/** Rows that padding adds, or that nobody reads, are not multiplied. */
@NullMarked
package io.peft4j.graph.plan.rows;

import org.jspecify.annotations.NullMarked;
