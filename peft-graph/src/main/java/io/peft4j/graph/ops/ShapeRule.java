package io.peft4j.graph.ops;

import java.util.List;

/** From the shapes of an operation's inputs to those of its outputs. */
@FunctionalInterface
interface ShapeRule {
  /**
   * Shapes of the outputs.
   *
   * @throws IllegalArgumentException if the operation cannot take these inputs
   */
  List<long[]> outputs(OpCall call);
}
