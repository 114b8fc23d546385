/** Running a graph: outputs and gradients behind one small interface. */
@NullMarked
package io.peft4j.graph.exec;

import org.jspecify.annotations.NullMarked;
