package io.peft4j.graph.ops;

import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;

/** Makes empty graphs. */
public final class NewGraph {
  private NewGraph() {}

  /**
   * An empty graph that holds each array once. One from {@link SameDiff#create} keeps a second copy
   * of every constant and variable, for devices that may never ask for it.
   */
  public static SameDiff create() {
    SameDiff graph = SameDiff.create();
    graph.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), false);
    return graph;
  }
}
