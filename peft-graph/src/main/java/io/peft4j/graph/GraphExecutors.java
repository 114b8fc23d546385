package io.peft4j.graph;

import io.peft4j.graph.natives.NativeSetup;
import io.peft4j.graph.plan.Activations;
import io.peft4j.graph.plan.PlanExecutor;
import java.util.Collection;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Chooses the executor, in one place.
 *
 * <p>Safe for use by several threads.
 */
public final class GraphExecutors {
  private GraphExecutors() {}

  /** The executor for outputs of a graph. */
  public static PlanExecutor forInference(SameDiff graph) {
    NativeSetup.prepare();
    return PlanExecutor.forInference(graph);
  }

  /**
   * The executor for gradients of {@code loss} with respect to {@code trainables}.
   *
   * @throws io.peft4j.graph.ops.AuditException if the graph may not be trained
   */
  public static PlanExecutor forTraining(
      SameDiff graph, String loss, Collection<String> trainables) {
    return forTraining(graph, loss, trainables, Activations.kept());
  }

  /**
   * As {@link #forTraining(SameDiff, String, Collection)}, with a choice between memory and time.
   */
  public static PlanExecutor forTraining(
      SameDiff graph, String loss, Collection<String> trainables, Activations activations) {
    NativeSetup.prepare();
    return PlanExecutor.forTraining(graph, loss, trainables, activations);
  }
}
