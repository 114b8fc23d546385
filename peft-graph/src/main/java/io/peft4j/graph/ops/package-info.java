/**
 * The audited operations: what may be in a graph that trains, its shapes and its gradient check.
 */
@NullMarked
package io.peft4j.graph.ops;

import org.jspecify.annotations.NullMarked;
