package io.peft4j.graph.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.toy.ToyBackbone;
import io.peft4j.graph.toy.Toys;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Merged models give the features of the adapted ones from frozen weights, or say why not. */
class MergerTest {
  private static final INDArray IMAGES = ToyBackbone.images(3, 4);

  private final Backbone backbone = ToyBackbone.of(2, 1);

  @Test
  void branchesOfOneStream() {
    assertMerges(Toys.lora(TaskRouter.shared()));
  }

  @Test
  void branchesOfStreams() {
    PeftModel merged = assertMerges(Toys.lora(TaskRouter.perTask()));
    INDArray a = merged.features(IMAGES).get("a").get(1);
    assertNotEquals(a, merged.features(IMAGES).get("b").get(1));
  }

  @Test
  void branchesOfGroups() {
    assertMerges(
        Toys.lora(
            TaskRouter.grouped(
                List.of(List.of(Set.of("a", "b")), List.of(Set.of("a"), Set.of("b"))))));
  }

  /** Masks are ones when a model is evaluated, so a merged branch is whole. */
  @Test
  void branchesBehindDropout() {
    assertMerges(
        Toys.linear(
            TaskRouter.perTask(),
            (site, e) ->
                e.next().add(Toys.branch(site, e, e.dropout("drop", e.input(), 0.4, site.in())))));
  }

  @Test
  void biasesAndNorms() {
    for (Training training : List.of(Training.TRAINED, Training.PER_STREAM)) {
      assertMerges(
          trained(training, Set.of(Param.Kind.BIAS, Param.Kind.NORM_WEIGHT, Param.Kind.NORM_BIAS)));
    }
  }

  @Test
  void everythingTrained() {
    assertMerges(trained(Training.TRAINED, Set.of(Param.Kind.values())));
  }

  @Test
  void branchesBesideTrainedParameters() {
    assertMerges(
        new Rewrite() {
          @Override
          public TaskRouter router() {
            return TaskRouter.perTask();
          }

          @Override
          public Training training(Param param, Stream stream) {
            return param.kind() == Param.Kind.WEIGHT ? Training.FROZEN : Training.PER_STREAM;
          }

          @Override
          public SDVariable linear(LinearSite site, Emit e) {
            return e.next().add(Toys.branch(site, e, e.input()));
          }
        });
  }

  /** The layer itself, applied to a scaled input. */
  @Test
  void layersThatWereEmittedAgain() {
    assertMerges(
        Toys.linear(
            TaskRouter.shared(),
            (site, e) -> {
              SDVariable x = e.input().mul(e.param("scale", Init.ones(), site.in()));
              return e.apply(site.input(), x, site.output(), e.stream());
            }));
  }

  @Test
  void layersThatNobodyChanged() {
    PeftModel merged = assertMerges(Toys.identity(TaskRouter.shared()));
    PeftModel model = Toys.adapt(backbone, Toys.identity(TaskRouter.shared()), Toys.TWO_TASKS);
    assertEquals(
        model.target().graph().getOps().keySet(), merged.target().graph().getOps().keySet());
  }

  @Test
  void trainingGoesOnWithoutTheMergedModel() {
    PeftModel model =
        Toys.adapt(backbone, trained(Training.TRAINED, Set.of(Param.Kind.values())), Toys.ONE_TASK);
    perturb(model);
    PeftModel merged = model.merge();
    INDArray before = merged.features(IMAGES).get("a").get(1);
    perturb(model);
    assertEquals(before, merged.features(IMAGES).get("a").get(1));
  }

  @Test
  void aMergedModelMergesToItself() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.perTask()), Toys.TWO_TASKS);
    assertSameFeatures(model, model.merge().merge());
  }

  // ---- refusals ----

  @Test
  void activationsCannotBeMerged() {
    String message =
        refusal(
            new Rewrite() {
              @Override
              public SDVariable tap(TapSite site, Emit e) {
                return site.place().role().equals(Role.BLOCK_OUT) && site.place().block() == 1
                    ? e.next().add(e.param("shift", Init.ones(), site.width()))
                    : e.next();
              }
            });
    assertTrue(message.contains("layers.0.blocks.1") && message.contains("activation"), message);
    assertFalse(message.contains("layers.0.blocks.0"), message);
  }

  @Test
  void curvesCannotBeMerged() {
    String message =
        refusal(
            Toys.linear(
                TaskRouter.shared(),
                (site, e) ->
                    site.path().equals("layers.0.downsample.reduction")
                        ? e.ops().tanh(e.next())
                        : e.next()));
    assertTrue(message.contains("layers.0.downsample.reduction"), message);
    assertTrue(message.contains("not affine") && message.contains("shared"), message);
  }

  @Test
  void rowsThatMixCannotBeMerged() {
    String message =
        refusal(
            Toys.linear(
                TaskRouter.shared(), (site, e) -> e.next().add(e.ops().mean(e.next(), true, 0))));
    assertTrue(message.contains("not affine"), message);
  }

  /** The rest of the graph is probed with the site's own regions: their change is not lost. */
  @Test
  void regionsThatReadTheImageCannotBeMerged() {
    String message =
        refusal(
            Toys.linear(
                TaskRouter.shared(),
                (site, e) ->
                    site.path().equals("layers.0.blocks.0.mlp.fc1")
                        ? e.apply(
                            "patch_embed.proj",
                            e.value("patch_embed.proj", e.stream()).mul(2.0),
                            site.output(),
                            e.stream())
                        : e.next()));
    assertTrue(message.contains("layers.0.blocks.0.mlp.fc1"), message);
  }

  /**
   * MTLoRA's rule. The first layer of the tail reads the same rows on both streams and is one
   * matrix; the second reads two.
   */
  @Test
  void layersThatReadTwoStreamsCannotBeMerged() {
    String message =
        refusal(
            new Rewrite() {
              @Override
              public TaskRouter router() {
                return (place, s) ->
                    place.isLastBlock() && !place.isMerging() && !place.role().equals(Role.NORM2)
                        ? s
                        : Stream.SHARED;
              }

              @Override
              public SDVariable linear(LinearSite site, Emit e) {
                return e.next(Stream.SHARED).add(Toys.branch(site, e, e.input()));
              }
            });
    for (String site : List.of("layers.0.blocks.1.mlp.fc2", "layers.1.blocks.0.mlp.fc2")) {
      for (String task : List.of("a", "b")) {
        assertTrue(
            message.contains("site %s on stream %s also reads".formatted(site, task)), message);
      }
    }
    assertFalse(message.contains("fc1"), message);
    assertFalse(message.contains("stream shared"), message);
  }

  private PeftModel assertMerges(Rewrite rewrite) {
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.TWO_TASKS);
    Map<String, List<INDArray>> start = model.features(IMAGES);
    perturb(model);
    if (!model.arrays().isEmpty()) {
      assertNotEquals(start, model.features(IMAGES));
    }
    PeftModel merged = model.merge();
    assertEquals(Map.of(), merged.arrays());
    assertEquals(Map.of(), merged.target().noises());
    assertEquals(0, merged.parameters().trainable());
    assertEquals(
        backbone.params().stream().mapToLong(p -> p.shape().size()).sum(),
        merged.parameters().total());
    assertSameFeatures(model, merged);
    return merged;
  }

  private static void assertSameFeatures(PeftModel model, PeftModel merged) {
    Map<String, List<INDArray>> expected = model.features(IMAGES);
    Map<String, List<INDArray>> actual = merged.features(IMAGES);
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (task, list) -> {
          for (int i = 0; i < list.size(); i++) {
            double error = list.get(i).sub(actual.get(task).get(i)).amaxNumber().doubleValue();
            assertTrue(error < 1e-10, () -> task + ": " + error);
          }
        });
  }

  /** Each parameter by values of its own, so that no two streams stay equal. */
  private static void perturb(PeftModel model) {
    model
        .arrays()
        .forEach((name, a) -> a.addi(ToyBackbone.value("delta." + name, a.shape()).mul(0.3)));
  }

  private String refusal(Rewrite rewrite) {
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.TWO_TASKS);
    return assertThrows(MergeException.class, model::merge).getMessage();
  }

  private static Rewrite trained(Training training, Set<Param.Kind> kinds) {
    return new Rewrite() {
      @Override
      public TaskRouter router() {
        return training == Training.PER_STREAM ? TaskRouter.perTask() : TaskRouter.shared();
      }

      @Override
      public Training training(Param param, Stream stream) {
        return kinds.contains(param.kind()) ? training : Training.FROZEN;
      }
    };
  }
}
