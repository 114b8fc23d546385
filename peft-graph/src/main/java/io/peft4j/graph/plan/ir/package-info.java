/** The intermediate form of a plan: roots (buffers), layouts over them, instructions. */
@NullMarked
package io.peft4j.graph.plan.ir;

import org.jspecify.annotations.NullMarked;
