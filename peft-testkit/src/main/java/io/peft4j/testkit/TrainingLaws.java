package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.NoiseFeed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Laws about training: it learns, and it touches nothing that is frozen. */
final class TrainingLaws {
  static final ImmutableList<Law<Subject>> ALL =
      ImmutableList.of(
          new Law<>("lowers the loss in five steps, moving every trainable", TrainingLaws::learns),
          new Law<>("leaves every frozen array untouched to the bit", TrainingLaws::frozen));

  private static final int STEPS = 5;
  private static final int BATCH = 2;

  private TrainingLaws() {}

  private static void learns(Subject s) {
    PeftModel model = s.adapt(DataType.FLOAT);
    Map<String, String> start = Values.fingerprints(model.arrays());
    ProbeLoss loss = ProbeLoss.on(model);
    if (loss.trainables().isEmpty()) {
      GradientLaws.requireNothingDeclared(model);
      return;
    }
    try (GraphExecutor executor = loss.executor(loss.total(), loss.trainables())) {
      Map<String, INDArray> evaluation = loss.inputs(BATCH);
      double before = loss.value(executor, evaluation);
      train(model, loss, executor);
      double after = loss.value(executor, evaluation);
      Failure.unless(
          after < before,
          "five steps of Adam on one batch took the loss from %.6f to %.6f"
              .formatted(before, after),
          "look at scales: a branch that is a hundred times too strong overshoots");
    }
    Map<String, String> end = Values.fingerprints(model.arrays());
    List<String> still =
        start.keySet().stream().filter(n -> start.get(n).equals(end.get(n))).toList();
    Failure.unless(
        still.isEmpty(),
        "after five steps " + still + " have not moved",
        "start at most one factor of a product at zero, or none of them ever learns");
  }

  private static void frozen(Subject s) {
    Backbone backbone = s.backbone(DataType.FLOAT);
    Map<String, String> before = Values.ofConstants(backbone.graph());
    PeftModel model = s.adapt(backbone, Subject.SEED);
    requireEqual(before, backbone.graph(), "rewriting");
    SameDiff graph = model.target().graph();
    Map<String, String> constants = Values.ofConstants(graph);
    model.target().buffers().keySet().forEach(constants::remove);
    ProbeLoss loss = ProbeLoss.on(model);
    if (loss.trainables().isEmpty()) {
      GradientLaws.requireNothingDeclared(model);
      model.features(Values.images(backbone, BATCH));
    } else {
      try (GraphExecutor executor = loss.executor(loss.total(), loss.trainables())) {
        train(model, loss, executor);
      }
    }
    requireEqual(before, backbone.graph(), "training");
    requireEqual(constants, graph, "training");
  }

  private static void requireEqual(Map<String, String> before, SameDiff graph, String what) {
    Map<String, String> now = Values.ofConstants(graph);
    now.keySet().retainAll(before.keySet());
    List<String> changed = Values.differing(before, now);
    Failure.unless(
        changed.isEmpty(),
        what + " changed the frozen " + changed,
        "never call an in-place operation (addi, assign, putScalar) on Emit.base or on values of"
            + " the backbone; dup() first");
  }

  private static void train(PeftModel model, ProbeLoss loss, GraphExecutor executor) {
    Adam adam = new Adam(model.arrays());
    model.beforeTraining(STEPS);
    for (int step = 1; step <= STEPS; step++) {
      Map<String, INDArray> inputs = new HashMap<>(loss.inputs(BATCH));
      inputs.putAll(
          NoiseFeed.masks(
              model.target().noises().values(), model.target().dataType(), BATCH, 1, step));
      Map<String, INDArray> gradients = executor.gradients(inputs, List.of()).gradients();
      adam.step(gradients);
      model.afterStep(step, gradients);
    }
  }
}
