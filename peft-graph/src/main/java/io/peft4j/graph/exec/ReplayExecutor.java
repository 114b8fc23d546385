package io.peft4j.graph.exec;

import io.peft4j.graph.ops.GraphAudit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs a graph by replaying recordings: one for each set of outputs and input shapes.
 *
 * <p>It executes the operations of SameDiff's forward and gradient graphs. What it leaves out is
 * the session (bookkeeping, allocation and release in every step) and gradients that nobody reads,
 * see {@link GradientLowering}. Outputs are SameDiff's to the bit, gradients up to the order of
 * summation.
 */
public final class ReplayExecutor implements GraphExecutor {
  /** Train, evaluate, and the last partial batch of each. */
  private static final int MOST_RECORDINGS = 4;

  private final SameDiff graph;
  private final SameDiff backward;
  private final Map<String, String> gradientNames;
  private final Map<Request, List<Recording>> recordings = new HashMap<>();

  private record Request(boolean backward, List<String> wanted) {}

  private ReplayExecutor(SameDiff graph, SameDiff backward, Map<String, String> gradientNames) {
    this.graph = graph;
    this.backward = backward;
    this.gradientNames = gradientNames;
  }

  /** An executor for outputs only. */
  public static ReplayExecutor forInference(SameDiff graph) {
    return new ReplayExecutor(graph, graph, Map.of());
  }

  /**
   * An executor for gradients of {@code loss}; the graph is audited first.
   *
   * @throws io.peft4j.graph.ops.AuditException if an operation is not in the catalogue, a trainable
   *     cannot be reached, or there is none
   */
  public static ReplayExecutor forTraining(
      SameDiff graph, String loss, Collection<String> trainables) {
    GraphAudit.check(graph, trainables, List.of(loss));
    SameDiff backward = GradientFunction.create(graph, loss, trainables);
    Map<String, String> names = new LinkedHashMap<>();
    for (String trainable : trainables) {
      SDVariable gradient = graph.getVariable(trainable).getGradient();
      names.put(trainable, gradient.name());
    }
    return new ReplayExecutor(graph, backward, names);
  }

  @Override
  public Map<String, INDArray> outputs(Map<String, INDArray> inputs, Collection<String> outputs) {
    return run(new Request(false, List.copyOf(outputs)), inputs);
  }

  @Override
  public Step gradients(Map<String, INDArray> inputs, Collection<String> outputs) {
    if (gradientNames.isEmpty()) {
      throw new IllegalStateException("an executor for inference has no gradients");
    }
    List<String> wanted = new ArrayList<>(gradientNames.values());
    wanted.addAll(outputs);
    Map<String, INDArray> values = run(new Request(true, wanted), inputs);
    Map<String, INDArray> gradients = new LinkedHashMap<>();
    gradientNames.forEach((trainable, name) -> gradients.put(trainable, values.get(name)));
    Map<String, INDArray> kept = new LinkedHashMap<>();
    outputs.forEach(o -> kept.put(o, values.get(o)));
    return new Step(gradients, kept);
  }

  @Override
  public void close() {
    recordings.values().forEach(list -> list.forEach(Recording::close));
    recordings.clear();
  }

  private Map<String, INDArray> run(Request request, Map<String, INDArray> inputs) {
    List<Recording> known = recordings.computeIfAbsent(request, k -> new ArrayList<>());
    for (int i = 0; i < known.size(); i++) {
      if (known.get(i).fits(inputs)) {
        Recording recording = known.remove(i);
        known.add(recording); // the last is the last used
        return recording.replay(inputs);
      }
    }
    if (known.size() == MOST_RECORDINGS) {
      known.remove(0).close();
    }
    Recording recording =
        new Recording(request.backward() ? backward : graph, request.wanted(), inputs);
    known.add(recording);
    return recording.outputs();
  }
}
