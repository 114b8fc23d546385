/** From the operations of a graph to instructions; movement becomes layout. */
@NullMarked
package io.peft4j.graph.plan.lower;

import org.jspecify.annotations.NullMarked;
