package io.peft4j.graph.exec;

import io.peft4j.graph.ops.GraphAudit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.api.OutAndGrad;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs a graph by SameDiff's own sessions: slow, and the oracle of every other executor.
 *
 * <p>Not safe for use by several threads; a second one is refused while one computes.
 */
public final class SessionExecutor implements GraphExecutor {
  private final SameDiff graph;
  private final List<String> trainables;
  private final List<INDArray> owned = new ArrayList<>();
  private final SingleUse use = new SingleUse("a session's executor", "make one for each thread");

  private SessionExecutor(SameDiff graph, List<String> trainables) {
    Feeds.requirePrecision(graph);
    this.graph = graph;
    this.trainables = List.copyOf(trainables);
  }

  /** An executor for outputs only. */
  public static SessionExecutor forInference(SameDiff graph) {
    return new SessionExecutor(graph, List.of());
  }

  /**
   * An executor for gradients of {@code loss}; the graph is audited first.
   *
   * @throws io.peft4j.graph.ops.AuditException if an operation is not in the catalogue, a trainable
   *     cannot be reached, or there is none
   */
  public static SessionExecutor forTraining(
      SameDiff graph, String loss, Collection<String> trainables) {
    GraphAudit.check(graph, trainables, List.of(loss));
    GradientFunction.create(graph, loss, trainables);
    return new SessionExecutor(graph, List.copyOf(trainables));
  }

  @Override
  public Map<String, INDArray> outputs(Map<String, INDArray> inputs, Collection<String> outputs) {
    return use.alone(
        () -> {
          release();
          Feeds.require(graph, inputs);
          return keep(graph.output(inputs, List.copyOf(outputs)), outputs, inputs);
        });
  }

  @Override
  public Step gradients(Map<String, INDArray> inputs, Collection<String> outputs) {
    return use.alone(
        () -> {
          release();
          Feeds.require(graph, inputs);
          OutAndGrad result = graph.calculateGradientsAndOutputs(inputs, outputs, trainables);
          return new Step(
              keep(result.getGradients(), trainables, inputs),
              keep(result.getOutputs(), outputs, inputs));
        });
  }

  @Override
  public void close() {
    use.alone(this::release);
  }

  private Map<String, INDArray> keep(
      Map<String, INDArray> values, Collection<String> names, Map<String, INDArray> inputs) {
    Map<String, INDArray> kept = new LinkedHashMap<>();
    names.forEach(name -> kept.put(name, values.get(name)));
    // Leaves, and what an operation passed on of them, are not the session's to release.
    Set<DataBuffer> others = Collections.newSetFromMap(new IdentityHashMap<>());
    inputs.values().forEach(array -> others.add(array.data()));
    for (SDVariable v : graph.variables()) {
      if (v.isConstant() || v.getVariableType() == VariableType.VARIABLE) {
        others.add(v.getArr().data());
      }
    }
    kept.values().stream().filter(array -> !others.contains(array.data())).forEach(owned::add);
    return kept;
  }

  private void release() {
    for (INDArray array : owned) {
      if (array.closeable()) {
        array.close();
      }
    }
    owned.clear();
  }
}
