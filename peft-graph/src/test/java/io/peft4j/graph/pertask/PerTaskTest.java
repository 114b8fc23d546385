package io.peft4j.graph.pertask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.google.common.collect.ImmutableSet;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.OwnParameters;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.toy.ToyBackbone;
import io.peft4j.graph.toy.Toys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Per task, any method gives the models that it gives for each task alone, in one graph. */
class PerTaskTest {
  private final Backbone backbone = ToyBackbone.of(2, 2);

  /** Where the streams of the method's tasks are. */
  private enum Streams {
    /** One for all tasks. */
    SHARED,
    /** One per task. */
    PER_TASK,
    /** Tasks part from the shared stream in the last block of each stage. */
    MIXED;

    TaskRouter router() {
      return switch (this) {
        case SHARED -> TaskRouter.shared();
        case PER_TASK -> TaskRouter.perTask();
        case MIXED ->
            (place, demanded) ->
                place.block() < 0 || place.isLastBlock() ? demanded : Stream.SHARED;
      };
    }

    /** What follows the name of what the method has once for all streams. */
    String suffix(Task task) {
      return this == SHARED ? "." + task.name() : "." + task.name() + ".shared";
    }
  }

  /** Uses every kind of parameter, and reads the shared stream from the tasks'. */
  private record Everything(Streams streams, List<Set<String>> seen) implements PeftMethod {
    @Override
    public String id() {
      return "everything";
    }

    @Override
    public Class<? extends Record> configType() {
      return Toys.NoOptions.class;
    }

    @Override
    public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
      return new Rewrite() {
        private final Set<String> buffers = new LinkedHashSet<>();
        private long training;

        @Override
        public TaskRouter router() {
          return streams.router();
        }

        @Override
        public Training training(Param param, Stream stream) {
          return switch (param.kind()) {
            case NORM_WEIGHT -> Training.TRAINED;
            case NORM_BIAS -> Training.PER_STREAM;
            default -> Training.FROZEN;
          };
        }

        @Override
        public SDVariable linear(LinearSite site, Emit emit) {
          SDVariable gate = emit.sharedParam("gate", Init.normal(1), site.out());
          SDVariable offset = emit.globalParam("offset", Init.normal(1), 1);
          buffers.add(emit.buffer("seen", site.out()));
          emit.penalty("size", emit.ops().sum(emit.ops().square(offset), false, 0));
          return emit.next(Stream.SHARED)
              .mul(gate)
              .add(Toys.branch(site, emit, emit.input()))
              .add(offset);
        }

        @Override
        public OptionalLong declaredParameters() {
          return OptionalLong.of(tasks.size() * 10L);
        }

        @Override
        public Map<String, Shape> deadTensors() {
          return Map.of("dead", Shape.of(3));
        }

        @Override
        public void beforeTraining(long steps) {
          training = steps;
        }

        @Override
        public void afterStep(OwnParameters own, long step) {
          seen.add(ImmutableSet.copyOf(own.names()));
          own.names().forEach(n -> own.get(n).muli(1.5).addi(own.gradient(n)));
          buffers.forEach(n -> own.buffer(n).addi(tasks.get(0).name().charAt(0) * training));
        }
      };
    }
  }

  private PeftModel adapt(PeftMethod method, List<Task> tasks) {
    return Peft.adapt(backbone, method, new Toys.NoOptions(), tasks, 7);
  }

  /** The name in the joint model of what a task's own model calls {@code name}. */
  private static String joint(String name, Task task, Streams streams) {
    String own = "." + task.name();
    String tagged = "@" + task.name();
    if (name.endsWith(own) || name.endsWith(tagged)) {
      return name;
    }
    if (name.endsWith("norm1.weight") || name.endsWith("norm2.weight")) {
      return name + tagged;
    }
    if (name.endsWith(".bias")) {
      return name + (streams == Streams.SHARED ? tagged : tagged + ".shared");
    }
    return name.endsWith(".weight") ? name + tagged : name + streams.suffix(task);
  }

  /** A gradient for every trainable that tells it from the others. */
  private static Map<String, INDArray> gradients(PeftModel model, UnaryOperator<String> joint) {
    Map<String, INDArray> gradients = new HashMap<>();
    model
        .arrays()
        .forEach((n, a) -> gradients.put(n, a.like().assign(joint.apply(n).hashCode() % 100)));
    return gradients;
  }

  @ParameterizedTest
  @EnumSource(Streams.class)
  void equalsTheModelsOfEachTaskAlone(Streams streams) {
    List<Set<String>> seen = new ArrayList<>();
    PeftMethod method = new Everything(streams, seen);
    PeftModel together = adapt(PerTask.of(method), Toys.TWO_TASKS);
    INDArray images = ToyBackbone.images(2, 1);
    Map<String, INDArray> expected = new HashMap<>();
    long trainable = 0;
    long macs = 0;
    int penalties = 0;
    for (Task task : Toys.TWO_TASKS) {
      PeftModel alone = adapt(method, List.of(task));
      alone.arrays().forEach((n, a) -> a.assign(together.arrays().get(joint(n, task, streams))));
      assertEquals(
          alone.features(images).get(task.name()), together.features(images).get(task.name()));
      alone.beforeTraining(5);
      alone.afterStep(1, gradients(alone, n -> joint(n, task, streams)));
      alone.state().forEach((n, a) -> expected.put(joint(n, task, streams), a));
      penalties += alone.target().penalties().size();
      trainable += alone.parameters().trainable();
      macs += alone.macs().convention();
    }
    assertEquals(expected.keySet(), together.state().keySet());
    assertEquals(penalties, together.target().penalties().size());
    assertEquals(trainable, together.parameters().trainable());
    assertEquals(macs, together.macs().convention());
    List<Set<String>> alone = List.copyOf(seen);
    seen.clear();
    together.beforeTraining(5);
    together.afterStep(1, gradients(together, n -> n));
    assertEquals(alone, seen, "each copy sees its own parameters by the names it gave them");
    assertEquals(expected, together.state());
  }

  @Test
  void reportsSumsOverTasks() {
    Rewrite rewrite =
        PerTask.of(new Everything(Streams.SHARED, new ArrayList<>()))
            .bind(new Toys.NoOptions(), backbone, Toys.TWO_TASKS);
    assertEquals(OptionalLong.of(20), rewrite.declaredParameters());
    assertEquals(
        Map.of("dead.a", Shape.of(3), "dead.b", Shape.of(3)), Map.copyOf(rewrite.deadTensors()));
    assertEquals(6, rewrite.deadParameters());
  }

  @Test
  void mergesEachTasksLayers() {
    PeftModel model =
        adapt(PerTask.of(Toys.method(Toys.lora(TaskRouter.shared()))), Toys.TWO_TASKS);
    INDArray images = ToyBackbone.images(2, 1);
    Map<String, List<INDArray>> merged = model.merge().features(images);
    model
        .features(images)
        .forEach(
            (task, features) -> {
              for (int i = 0; i < features.size(); i++) {
                double error =
                    features.get(i).sub(merged.get(task).get(i)).amaxNumber().doubleValue();
                assertEquals(0, error, 1e-10, task);
              }
            });
  }

  @Test
  void twiceIsOnce() {
    PeftMethod once = PerTask.of(Toys.method(Toys.identity(TaskRouter.shared())));
    assertSame(once, PerTask.of(once));
  }
}
