/** Gradients on the plan: a vector-Jacobian product for each instruction, last to first. */
@NullMarked
package io.peft4j.graph.plan.backward;

import org.jspecify.annotations.NullMarked;
