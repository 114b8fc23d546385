/** Tests of the intermediate form. */
@NullMarked
package io.peft4j.graph.plan.ir;

import org.jspecify.annotations.NullMarked;
