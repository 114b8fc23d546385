package io.peft4j.testkit;

import io.peft4j.api.backbone.Feature;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.emitted.Trainable;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.ops.AuditException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.opentest4j.TestAbortedException;

/**
 * A loss that reads every feature of every task: the mean squared distance to fixed random targets,
 * summed over stages and tasks.
 */
final class ProbeLoss {
  private final PeftModel model;
  private final Map<String, String> byTask = new LinkedHashMap<>();
  private final String total;

  private ProbeLoss(PeftModel model) {
    this.model = model;
    Ops ops = model.target().ops();
    SDVariable sum = null;
    for (Task task : model.tasks()) {
      SDVariable own = null;
      for (Feature f : model.features(task.name())) {
        SDVariable term = term(ops, task, f, byTask.size());
        own = own == null ? term : own.add(term);
      }
      own = own.rename("conformance.loss." + task.name());
      byTask.put(task.name(), own.name());
      sum = sum == null ? own : sum.add(own);
    }
    // A single task's loss keeps its name: identity operations are not worth having.
    this.total = byTask.size() == 1 ? sum.name() : sum.rename("conformance.loss").name();
  }

  /** Adds the loss to the model's graph; a law that needs it is skipped if that cannot be done. */
  static ProbeLoss on(PeftModel model) {
    try {
      return new ProbeLoss(model);
    } catch (IllegalStateException e) {
      throw refused(e);
    }
  }

  private static TestAbortedException refused(IllegalStateException e) {
    return new TestAbortedException(
        "the graph cannot be trained; see '%s': %s".formatted(GradientLaws.AUDITED, e.getMessage()),
        e);
  }

  private SDVariable term(Ops ops, Task task, Feature f, int index) {
    INDArray target =
        Values.normal(
            1000L * index + f.place().stage(),
            model.target().dataType(),
            1,
            (long) f.height() * f.width(),
            f.channels());
    String name = "conformance.target.%s.%d".formatted(task.name(), f.place().stage());
    SDVariable x = model.target().graph().getVariable(f.name());
    return ops.mean(ops.square(x.sub(ops.constant(name, target))), false, 0, 1, 2);
  }

  /** The graph that holds the loss. */
  SameDiff graph() {
    return model.target().graph();
  }

  /** Name of the loss of all tasks. */
  String total() {
    return total;
  }

  /** Name of the loss of one task. */
  String of(String task) {
    return byTask.get(task);
  }

  /** Names of all trainables. */
  List<String> trainables() {
    return model.target().trainables().stream().map(Trainable::name).toList();
  }

  /** An executor of gradients; a law that needs it is skipped if the audit refuses the graph. */
  GraphExecutor executor(String loss, List<String> trainables) {
    try {
      return GraphExecutors.forTraining(graph(), loss, trainables);
    } catch (AuditException e) {
      throw refused(e);
    }
  }

  /** Images and noise that drops nothing. */
  Map<String, INDArray> inputs(int batch) {
    Map<String, INDArray> inputs = new HashMap<>(model.noiseOff(batch));
    inputs.put(model.backbone().image().name(), Values.images(model.backbone(), batch));
    return inputs;
  }

  /** Value of the loss of all tasks. */
  double value(GraphExecutor executor, Map<String, INDArray> inputs) {
    return executor.outputs(inputs, List.of(total)).get(total).getDouble(0);
  }
}
