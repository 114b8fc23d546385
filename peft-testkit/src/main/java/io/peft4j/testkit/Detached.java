package io.peft4j.testkit;

import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.exec.GraphExecutor;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Values without gradient, held still.
 *
 * <p>A detached value (DoRA's norm) is a constant to the gradient but not to a difference quotient;
 * the two agree only where the quotient treats it as a constant too.
 */
final class Detached {
  private Detached() {}

  /** Replaces every detached value by what it is now. The graph serves for outputs only then. */
  static void hold(SameDiff graph, Map<String, INDArray> inputs) {
    List<String> detached =
        graph.getOps().values().stream()
            .filter(op -> op.getOp().opName().equals("stop_gradient"))
            .map(op -> op.getOutputsOfOp().get(0))
            .toList();
    if (detached.isEmpty()) {
      return;
    }
    try (GraphExecutor executor = GraphExecutors.forInference(graph)) {
      Map<String, INDArray> values = executor.outputs(inputs, detached);
      for (String name : detached) {
        replace(graph, name, graph.constant(name + ".held", values.get(name).dup()));
      }
    }
  }

  private static void replace(SameDiff graph, String name, SDVariable by) {
    List<String> consumers = graph.getVariables().get(name).getInputsForOp();
    for (String consumer : consumers == null ? List.<String>of() : List.copyOf(consumers)) {
      SameDiffOp op = graph.getOps().get(consumer);
      for (int i = 0; i < op.getInputsToOp().size(); i++) {
        if (op.getInputsToOp().get(i).equals(name)) {
          graph.replaceArgFor(i, by, op.getOp());
        }
      }
    }
  }
}
