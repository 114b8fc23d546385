package io.peft4j.graph.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableSet;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.toy.DirectToy;
import io.peft4j.graph.toy.Runs;
import io.peft4j.graph.toy.ToyBackbone;
import io.peft4j.graph.toy.Toys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Adapted graphs equal those that one would build by hand, whatever streams compute them. */
class RouterRewriteTest {
  private static final List<Integer> DEPTHS = List.of(2, 2);
  private static final DirectToy.Rule LORA =
      (net, path, x, plain) -> plain.add(net.branch(path, x));

  private final Backbone backbone = ToyBackbone.of(2, 2);

  @Test
  void oneStreamForAllTasks() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.shared()), Toys.TWO_TASKS);
    DirectToy direct = new DirectToy(DEPTHS, model.arrays(), LORA);
    SDVariable first = direct.stage(0, direct.stem(direct.image()));
    SDVariable second = direct.stage(1, direct.merging(0, first));
    SDVariable fine = direct.feature(0, first);
    SDVariable coarse = direct.feature(1, second);
    Runs.assertSameModel(model, direct, List.of(fine, coarse, fine, coarse));
    assertEquals(Runs.features(model).subList(0, 2), Runs.features(model).subList(2, 4));
  }

  @Test
  void oneStreamPerTask() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.perTask()), Toys.TWO_TASKS);
    DirectToy direct = new DirectToy(DEPTHS, model.arrays(), LORA);
    List<SDVariable> features = new ArrayList<>();
    for (Task task : Toys.TWO_TASKS) {
      direct.on(Stream.of(task.name()));
      SDVariable first = direct.stage(0, direct.stem(direct.image()));
      SDVariable second = direct.stage(1, direct.merging(0, first));
      features.add(direct.feature(0, first));
      features.add(direct.feature(1, second));
    }
    Runs.assertSameModel(model, direct, features);
  }

  @Test
  void groupsThatSplitWithDepth() {
    List<Task> tasks = Toys.tasks("a", "b", "c");
    TaskRouter router =
        TaskRouter.grouped(
            List.of(
                List.of(Set.of("a", "b"), Set.of("c")),
                List.of(Set.of("a"), Set.of("b"), Set.of("c"))));
    PeftModel model = Toys.adapt(backbone, Toys.lora(router), tasks);
    DirectToy direct = new DirectToy(DEPTHS, model.arrays(), LORA);
    Stream ab = Stream.ofGroup(List.of("a", "b"));
    Stream c = Stream.of("c");
    List<SDVariable> features = new ArrayList<>();
    for (Stream group : List.of(ab, c)) {
      direct.on(group);
      SDVariable first = direct.stage(0, direct.stem(direct.image()));
      SDVariable merged = direct.merging(0, first);
      for (String task : group.tasks()) {
        SDVariable second = direct.on(Stream.of(task)).stage(1, merged);
        features.add(direct.feature(0, first));
        features.add(direct.feature(1, second));
      }
    }
    Runs.assertSameModel(model, direct, features);
    assertEquals(
        ImmutableSet.of("layers.0.blocks.0.norm2@a+b", "layers.0.blocks.0.norm2@c"),
        model.emission().copies().get("layers.0.blocks.0.norm2"));
    assertEquals(
        ImmutableSet.of(
            "layers.1.blocks.1.norm2@a", "layers.1.blocks.1.norm2@b", "layers.1.blocks.1.norm2@c"),
        model.emission().copies().get("layers.1.blocks.1.norm2"));
  }

  /** Without a difference between them, streams are computed once, under plain names. */
  @Test
  void streamsThatComputeTheSameAreOne() {
    PeftModel one = Toys.adapt(backbone, Toys.identity(TaskRouter.shared()), Toys.TWO_TASKS);
    PeftModel two = Toys.adapt(backbone, Toys.identity(TaskRouter.perTask()), Toys.TWO_TASKS);
    assertEquals(one.target().graph().getOps().keySet(), two.target().graph().getOps().keySet());
    assertEquals(
        one.target().graph().getVariables().keySet(), two.target().graph().getVariables().keySet());
  }

  /** Only what follows the first difference is computed twice. */
  @Test
  void streamsPartWhereTheyFirstDiffer() {
    String last = "layers.1.blocks.1.mlp.fc2";
    Rewrite rewrite =
        Toys.linear(
            TaskRouter.perTask(),
            (site, emit) ->
                site.path().equals(last)
                    ? emit.next().add(Toys.branch(site, emit, emit.input()))
                    : emit.next());
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.TWO_TASKS);
    assertEquals(Set.of(last), model.emission().copies().get(last));
    assertEquals(
        Set.of("features.1@a", "features.1@b"), model.emission().copies().get("features.1"));
    assertEquals(Set.of("features.0"), model.emission().copies().get("features.0"));
    int plain = backbone.graph().getOps().size();
    // Twice: three of the branch (the layer's and the sum), residual sum and feature.
    assertEquals(plain + 2 * 3 + 2, model.target().graph().getOps().size());
  }

  @Test
  void parametersPerStreamGiveIndependentModels() {
    PeftModel both =
        Toys.adapt(backbone, trainAll(TaskRouter.perTask(), Training.PER_STREAM), Toys.TWO_TASKS);
    PeftModel alone =
        Toys.adapt(backbone, trainAll(TaskRouter.shared(), Training.TRAINED), Toys.ONE_TASK);
    assertEquals(2 * alone.arrays().size(), both.arrays().size());
    // Rows of the image, three operations, are all that the streams share.
    assertEquals(
        2 * alone.target().graph().getOps().size() - 3, both.target().graph().getOps().size());
    both.arrays()
        .forEach(
            (name, array) -> {
              assertTrue(name.endsWith("@a") || name.endsWith("@b"), name);
              if (name.endsWith("@b")) {
                array.addi(0.25);
              }
            });
    INDArray images = ToyBackbone.images(2, 3);
    Map<String, List<INDArray>> features = both.features(images);
    Runs.assertSame(alone.features(images).get("a"), features.get("a"));
    alone.arrays().values().forEach(a -> a.addi(0.25));
    Runs.assertSame(alone.features(images).get("a"), features.get("b"));
  }

  @Test
  void oneTrainedCopyIsReadByAllStreams() {
    PeftModel model =
        Toys.adapt(backbone, trainAll(TaskRouter.perTask(), Training.TRAINED), Toys.TWO_TASKS);
    assertEquals(
        backbone.params().stream().map(Param::path).collect(ImmutableSet.toImmutableSet()),
        model.arrays().keySet());
    model
        .arrays()
        .forEach(
            (name, array) ->
                assertTrue(
                    array.data().address()
                        != backbone.graph().getVariable(name).getArr().data().address(),
                    name));
  }

  /**
   * MTLoRA's rule: at the tail of a stage's last block a task's stream adds its own branch to the
   * frozen product on the shared input; the next block reads the shared stream.
   */
  @Test
  void taskStreamsBesideTheSharedOne() {
    PeftModel model = Toys.adapt(backbone, new SharedBesideTasks(), Toys.TWO_TASKS);
    DirectToy direct =
        new DirectToy(
            DEPTHS,
            model.arrays(),
            (net, path, x, plain) -> {
              if (net.stream().isShared()) {
                boolean isRead = !path.equals("layers.1.blocks.1.mlp.fc2");
                return isRead ? plain.add(net.branch(path, x)) : plain;
              }
              return net.sharedPlain(path).add(net.branch(path, x));
            });
    SDVariable beforeFirst = direct.block(0, 0, direct.stem(direct.image()));
    SDVariable first = direct.block(0, 1, beforeFirst);
    SDVariable beforeSecond = direct.block(1, 0, direct.merging(0, first));
    // For its frozen products only: no task reads the shared stream at the very end.
    direct.block(1, 1, beforeSecond);
    List<SDVariable> features = new ArrayList<>();
    for (Task task : Toys.TWO_TASKS) {
      direct.on(Stream.of(task.name()));
      features.add(direct.feature(0, direct.block(0, 1, beforeFirst)));
      features.add(direct.feature(1, direct.block(1, 1, beforeSecond)));
    }
    Runs.assertSameModel(model, direct, features);
    assertEquals(
        Set.of("layers.1.blocks.0.norm2"),
        model.emission().copies().get("layers.1.blocks.0.norm2"),
        "the next block reads the shared stream alone");
    assertEquals(
        Set.of("layers.0.downsample.norm"),
        model.emission().copies().get("layers.0.downsample.norm"));
  }

  /** The shared branch of the last layer is read by nobody, so it is not there. */
  @Test
  void whatNobodyReadsIsNotEmitted() {
    PeftModel model = Toys.adapt(backbone, new SharedBesideTasks(), Toys.TWO_TASKS);
    assertTrue(model.arrays().containsKey("layers.1.blocks.1.mlp.fc1.lora_A"));
    assertTrue(model.arrays().containsKey("layers.1.blocks.1.mlp.fc2.lora_A.a"));
    assertTrue(!model.arrays().containsKey("layers.1.blocks.1.mlp.fc2.lora_A"));
  }

  private static Rewrite trainAll(TaskRouter router, Training training) {
    return new Rewrite() {
      @Override
      public TaskRouter router() {
        return router;
      }

      @Override
      public Training training(Param param, Stream stream) {
        return training;
      }
    };
  }

  private static final class SharedBesideTasks implements Rewrite {
    @Override
    public TaskRouter router() {
      return (place, demanded) -> isTail(place) ? demanded : Stream.SHARED;
    }

    private static boolean isTail(Place place) {
      return place.isLastBlock() && !place.isMerging() && !place.role().equals(Role.NORM2);
    }

    @Override
    public SDVariable linear(LinearSite site, Emit emit) {
      return emit.next(Stream.SHARED).add(Toys.branch(site, emit, emit.input()));
    }
  }
}
