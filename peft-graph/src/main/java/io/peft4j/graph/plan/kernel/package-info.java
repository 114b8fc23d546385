/** Kernels: what runs an instruction on a machine. */
@NullMarked
package io.peft4j.graph.plan.kernel;

import org.jspecify.annotations.NullMarked;
