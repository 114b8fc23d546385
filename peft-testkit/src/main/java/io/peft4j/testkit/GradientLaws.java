package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.account.Ancestry;
import io.peft4j.graph.emitted.Trainable;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.ops.AuditException;
import io.peft4j.graph.ops.GraphAudit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.DoubleUnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Laws about gradients, all in double precision and away from the start. */
final class GradientLaws {
  static final String AUDITED = "uses audited operations only";

  static final ImmutableList<Law<Subject>> ALL =
      ImmutableList.of(
          new Law<>(AUDITED, GradientLaws::audited),
          new Law<>("has gradients that agree with finite differences", GradientLaws::differences),
          new Law<>(
              "passes no gradient of one task to another's parameters", GradientLaws::isolation));

  private static final double STEP = 1e-5;

  /** For the fourth-order quotient: as exact, and ten times less of it is rounding. */
  private static final double LONG_STEP = 1e-4;

  private static final double TOLERANCE = 1e-5;

  /** What rounding leaves of a difference quotient of a loss around 1. */
  private static final double NOISE = 1e-9;

  private GradientLaws() {}

  private static void audited(Subject s) {
    PeftModel model = s.adapt(DataType.DOUBLE);
    List<String> trainables = model.target().trainables().stream().map(Trainable::name).toList();
    if (trainables.isEmpty()) {
      requireNothingDeclared(model);
      return;
    }
    List<String> features =
        s.tasks().stream()
            .flatMap(t -> model.features(t.name()).stream())
            .map(Feature::name)
            .distinct()
            .toList();
    try {
      GraphAudit.check(model.target().graph(), trainables, features);
    } catch (AuditException e) {
      throw Failure.of(
          String.join("; ", e.findings()),
          "compose the answer from Emit.ops(), whose gradients are checked",
          e);
    }
  }

  /** A method without trainables has no gradients; then it must also say that it trains nothing. */
  static void requireNothingDeclared(PeftModel model) {
    long declared = model.rewrite().declaredParameters().orElse(0);
    Failure.unless(
        declared == 0,
        "nothing is trainable, but declaredParameters() is %,d".formatted(declared),
        "make parameters by Emit.param, or train the backbone's by Rewrite.training");
  }

  private static void differences(Subject s) {
    PeftModel model = s.adapt(DataType.DOUBLE);
    ProbeLoss loss = ProbeLoss.on(model);
    if (loss.trainables().isEmpty()) {
      requireNothingDeclared(model);
      return;
    }
    Values.perturb(model, 3);
    Map<String, INDArray> inputs = loss.inputs(1);
    Map<String, INDArray> gradients = new HashMap<>();
    try (GraphExecutor executor = loss.executor(loss.total(), loss.trainables())) {
      executor
          .gradients(inputs, List.of())
          .gradients()
          .forEach((n, g) -> gradients.put(n, g.dup()));
    }
    // The quotient must hold still what the method detaches, in a graph that is then thrown away.
    PeftModel held = s.adapt(model.backbone(), Subject.SEED);
    ProbeLoss heldLoss = ProbeLoss.on(held);
    held.load(model.state());
    Detached.hold(held.target().graph(), inputs);
    try (GraphExecutor executor = GraphExecutors.forInference(held.target().graph())) {
      for (String name : loss.trainables()) {
        compare(
            name,
            gradients.get(name),
            held.arrays().get(name),
            () -> heldLoss.value(executor, inputs));
      }
    }
  }

  /** Compares along a random direction of unit length, which every entry has a part in. */
  private static void compare(String name, INDArray gradient, INDArray array, DoubleSupplier loss) {
    Failure.unless(
        gradient.norm2Number().doubleValue() > 0,
        "the gradient of %s is zero everywhere".formatted(name),
        "do not make a parameter that has no effect, and detach nothing that should learn");
    INDArray direction = Values.normal(name.hashCode(), DataType.DOUBLE, array.shape());
    direction.divi(direction.norm2Number());
    double analytic = gradient.mul(direction).sumNumber().doubleValue();
    DoubleUnaryOperator along =
        length -> {
          INDArray at = array.dup();
          array.addi(direction.mul(length));
          double value = loss.getAsDouble();
          array.assign(at);
          return value;
        };
    double numeric = slope(along, STEP);
    if (agree(analytic, numeric)) {
      return;
    }
    // A deep backbone rounds more than that: where no kink is near, a longer step tells.
    double finer = (4 * slope(along, LONG_STEP) - slope(along, 2 * LONG_STEP)) / 3;
    Failure.unless(
        agree(analytic, finer),
        "%s: the gradient along a direction is %.8e, finite differences give %.8e"
            .formatted(name, analytic, numeric),
        "look at the operations between this parameter and the features; use Emit.ops()");
  }

  /** The central difference quotient at 0. */
  private static double slope(DoubleUnaryOperator function, double step) {
    return (function.applyAsDouble(step) - function.applyAsDouble(-step)) / (2 * step);
  }

  /** Written so that NaN does not agree. */
  private static boolean agree(double analytic, double numeric) {
    double scale = Math.max(Math.abs(analytic), Math.abs(numeric));
    return Math.abs(analytic - numeric) <= TOLERANCE * scale + NOISE;
  }

  private static void isolation(Subject s) {
    PeftModel model = s.adapt(DataType.DOUBLE);
    Values.perturb(model, 3);
    ProbeLoss loss = ProbeLoss.on(model);
    for (Task task : s.tasks()) {
      Set<String> read =
          Ancestry.of(
              model.target().graph(),
              model.features(task.name()).stream().map(Feature::name).toList());
      List<String> foreign =
          model.target().trainables().stream()
              .filter(t -> isForeign(t.stream(), task))
              .map(Trainable::name)
              .filter(read::contains)
              .toList();
      if (!foreign.isEmpty()) {
        requireNoGradient(loss, task, foreign);
      }
    }
  }

  private static boolean isForeign(Stream stream, Task task) {
    return !stream.isShared() && !stream.tasks().contains(task.name());
  }

  /** What a task reads of another's may still be detached. */
  private static void requireNoGradient(ProbeLoss loss, Task task, List<String> foreign) {
    // Only those that the audit finds reachable past what is detached.
    List<String> reached = foreign.stream().filter(n -> isReached(loss, task, n)).toList();
    if (reached.isEmpty()) {
      return;
    }
    try (GraphExecutor executor = loss.executor(loss.of(task.name()), reached)) {
      executor
          .gradients(loss.inputs(1), List.of())
          .gradients()
          .forEach(
              (name, gradient) ->
                  Failure.unless(
                      gradient.norm2Number().doubleValue() == 0,
                      "the loss of task %s gives a gradient to %s".formatted(task.name(), name),
                      "in an answer for a stream read only that stream and the shared one;"
                          + " parameters of several tasks belong to Emit.sharedParam"));
    }
  }

  private static boolean isReached(ProbeLoss loss, Task task, String trainable) {
    try {
      GraphAudit.check(loss.graph(), List.of(trainable), List.of(loss.of(task.name())));
      return true;
    } catch (AuditException e) {
      return e.findings().stream().noneMatch(f -> f.contains("gets no gradient"));
    }
  }
}
