/** Tests of the executors against each other. */
@NullMarked
package io.peft4j.graph.exec;

import org.jspecify.annotations.NullMarked;
