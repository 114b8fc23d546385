/** Tests of the executors against each other. */
@NullMarked
package io.peft4j.graph.plan;

import org.jspecify.annotations.NullMarked;
