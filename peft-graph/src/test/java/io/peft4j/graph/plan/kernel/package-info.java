/** Tests of the kernels. */
@NullMarked
package io.peft4j.graph.plan.kernel;

import org.jspecify.annotations.NullMarked;
