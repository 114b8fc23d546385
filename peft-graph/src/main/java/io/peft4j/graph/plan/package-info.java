/** The compiled plan: from graph to instructions, and the loop that runs them. */
@NullMarked
package io.peft4j.graph.plan;

import org.jspecify.annotations.NullMarked;
