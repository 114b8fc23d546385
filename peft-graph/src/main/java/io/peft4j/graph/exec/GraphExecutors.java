package io.peft4j.graph.exec;

import java.util.Collection;
import org.nd4j.autodiff.samediff.SameDiff;

/** Chooses the executor, in one place. */
public final class GraphExecutors {
  private GraphExecutors() {}

  /** The executor for outputs of a graph. */
  public static GraphExecutor forInference(SameDiff graph) {
    return ReplayExecutor.forInference(graph);
  }

  /**
   * The executor for gradients of {@code loss} with respect to {@code trainables}.
   *
   * @throws io.peft4j.graph.ops.AuditException if the graph may not be trained
   */
  public static GraphExecutor forTraining(
      SameDiff graph, String loss, Collection<String> trainables) {
    return ReplayExecutor.forTraining(graph, loss, trainables);
  }
}
