package io.peft4j.graph.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.NoiseFeed;
import io.peft4j.graph.toy.DirectToy;
import io.peft4j.graph.toy.Runs;
import io.peft4j.graph.toy.ToyBackbone;
import io.peft4j.graph.toy.Toys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** What a plugin may ask for at a site, and what it is told when it asks wrongly. */
class EmitTest {
  private static final String FC1 = "layers.0.blocks.0.mlp.fc1";
  private static final String FC2 = "layers.0.blocks.0.mlp.fc2";

  private final Backbone backbone = ToyBackbone.of(1, 1);

  // ---- parameters and constants ----

  @Test
  void parametersAreMadeOncePerSiteStreamMethod() {
    Rewrite rewrite =
        at(
            TaskRouter.perTask(),
            FC1,
            (site, e) -> {
              SDVariable own = e.param("own", Init.ones(), site.out());
              assertEquals(own.name(), e.param("own", Init.zeros(), site.out()).name());
              SDVariable shared = e.sharedParam("all", Init.ones(), site.out());
              SDVariable global = e.globalParam("everywhere", Init.ones(), site.out());
              return e.next().mul(own).mul(shared).mul(global);
            });
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.TWO_TASKS);
    assertEquals(
        Set.of(FC1 + ".own.a", FC1 + ".own.b", FC1 + ".all", "everywhere"),
        model.arrays().keySet());
    assertEquals(Nd4j.ones(DataType.DOUBLE, 8), model.arrays().get(FC1 + ".own.a"));
  }

  @Test
  void aParameterHasOneShape() {
    String message =
        refusal(
            (site, e) ->
                e.param("v", Init.ones(), site.out())
                    .mul(e.param("v", Init.ones(), 2, site.out())));
    assertTrue(message.contains(FC1 + ".v"), message);
    assertTrue(message.contains("[2, 8]") && message.contains("[8]"), message);
  }

  @Test
  void aNameHasOneKind() {
    String message =
        refusal(
            (site, e) ->
                e.param("v", Init.ones(), 8)
                    .mul(e.frozen("v", () -> Nd4j.ones(DataType.DOUBLE, 8), 8)));
    assertTrue(message.contains("constant") && message.contains("trainable"), message);
  }

  /** It would be answered by the backbone's weight, or take its place. */
  @Test
  void theBackbonesNamesAreNotForPlugins() {
    String param = refusal((site, e) -> e.next().mul(e.param("bias", Init.ones(), 8)));
    assertTrue(param.contains(FC1 + ".bias") && param.contains("another name"), param);
    String frozen =
        refusal(
            (site, e) -> e.next().mul(e.frozen("bias", () -> Nd4j.ones(DataType.DOUBLE, 8), 8)));
    assertTrue(frozen.contains(FC1 + ".bias"), frozen);
  }

  @Test
  void frozenValuesAreNeitherTrainedNorSaved() {
    List<String> calls = new ArrayList<>();
    PeftModel model =
        Toys.adapt(
            backbone,
            at(
                TaskRouter.shared(),
                FC1,
                (site, e) -> {
                  SDVariable two = null;
                  for (int i = 0; i < 2; i++) {
                    two =
                        e.frozen(
                            "two",
                            () -> {
                              calls.add(site.path());
                              return Nd4j.valueArrayOf(new long[] {8}, 2.0, DataType.DOUBLE);
                            },
                            8);
                  }
                  return e.next().mul(two);
                }),
            Toys.ONE_TASK);
    assertEquals(List.of(FC1), calls);
    assertEquals(Map.of(), model.state());
    assertTrue(model.target().graph().getVariable(FC1 + ".two").isConstant());
  }

  @Test
  void aFrozenValueHasTheShapeThatIsDeclared() {
    String message =
        refusal((site, e) -> e.next().mul(e.frozen("m", () -> Nd4j.ones(DataType.DOUBLE, 4), 8)));
    assertTrue(message.contains(FC1 + ".m") && message.contains("[8]"), message);
  }

  @Test
  void baseGivesTheBackbonesArray() {
    List<INDArray> seen = new ArrayList<>();
    Toys.adapt(
        backbone,
        at(
            TaskRouter.shared(),
            FC1,
            (site, e) -> {
              seen.add(e.base(site.weight()));
              return e.next();
            }),
        Toys.ONE_TASK);
    assertEquals(
        backbone.graph().getVariable(FC1 + ".weight").getArr().data().address(),
        seen.get(0).data().address());
  }

  // ---- several sites on one variable ----

  /** The layer is answered first; the tap on its output sees that answer. */
  @Test
  void aTapLiesOutsideTheLayerOnTheSameVariable() {
    List<String> order = new ArrayList<>();
    Rewrite rewrite =
        new Rewrite() {
          @Override
          public SDVariable linear(LinearSite site, Emit emit) {
            if (!site.path().equals(FC2)) {
              return emit.next();
            }
            SDVariable y = emit.next().mul(3.0);
            order.add("linear");
            return y;
          }

          @Override
          public SDVariable tap(TapSite site, Emit emit) {
            if (!site.output().equals(FC2)) {
              return emit.next();
            }
            assertEquals(emit.input().name(), emit.next().name());
            SDVariable y = emit.next().add(1.0);
            order.add("tap");
            return y;
          }
        };
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.ONE_TASK);
    assertEquals(List.of("linear", "tap"), order);
    INDArray images = ToyBackbone.images(2, 5);
    SameDiff graph = model.target().graph();
    List<String> names =
        model.emission().adapted().stream().map(Emission.AdaptedSite::variable).toList();
    List<INDArray> answers = Runs.outputs(graph, names, images);
    INDArray plain = Runs.outputs(backbone.graph(), List.of(FC2), images).get(0);
    Runs.assertSame(List.of(plain.mul(3), plain.mul(3).add(1)), answers);
    assertEquals(
        List.of(FC2, "layers.0.blocks.0.mlp.out"),
        model.emission().adapted().stream().map(a -> a.site().path()).toList());
  }

  // ---- apply ----

  /**
   * The layer with the norm before it, on the squares of its input, for task a alone (as VPT's
   * prompts).
   */
  @Test
  void aRegionIsEmittedAgainForOneStream() {
    String before = "patch_embed.proj";
    Rewrite rewrite =
        at(
            TaskRouter.perTask(),
            FC1,
            (site, e) -> {
              if (!e.stream().id().equals("a")) {
                return e.next();
              }
              SDVariable x = e.value(before, e.stream());
              return e.apply(before, x.mul(x), FC1, e.stream());
            });
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.TWO_TASKS);
    INDArray images = ToyBackbone.images(2, 5);
    Map<String, List<INDArray>> features = model.features(images);
    INDArray plain = Runs.outputs(backbone.graph(), List.of("features.1"), images).get(0);
    Runs.assertSame(plain, features.get("b").get(1), "the other stream is as it was");
    assertNotEquals(plain, features.get("a").get(1));
    // By hand: a block that reads the squares, and takes them off its residual sum again.
    DirectToy direct = new DirectToy(List.of(1, 1), Map.of(), (net, path, x, y) -> y);
    SDVariable stem = direct.stem(direct.image());
    SDVariable squares = stem.mul(stem);
    SDVariable first = direct.block(0, 0, squares).sub(squares).add(stem);
    SDVariable second = direct.stage(1, direct.merging(0, first));
    List<String> names = List.of(direct.feature(0, first).name(), direct.feature(1, second).name());
    List<INDArray> expected = Runs.outputs(direct.graph(), names, images);
    for (int stage = 0; stage < 2; stage++) {
      INDArray error = expected.get(stage).sub(features.get("a").get(stage));
      assertTrue(error.amaxNumber().doubleValue() < 1e-10);
    }
    assertEquals(
        List.of(FC1), model.emission().adapted().stream().map(a -> a.site().path()).toList());
  }

  /** Sites inside a region are answered by the plugin, with the parameters that they have. */
  @Test
  void sitesInARegionAreAdaptedToo() {
    Rewrite rewrite =
        Toys.linear(
            TaskRouter.shared(),
            (site, e) -> {
              if (site.path().equals(FC1)) {
                return e.next().add(Toys.branch(site, e, e.input()));
              }
              if (!site.path().equals(FC2)) {
                return e.next();
              }
              SDVariable again = e.apply(FC1, e.value(FC1, e.stream()).mul(0.5), FC2, e.stream());
              SDVariable deeper =
                  e.apply(
                      "layers.0.blocks.0.norm2",
                      e.value("layers.0.blocks.0.norm2", e.stream()).mul(2.0),
                      FC1,
                      e.stream());
              return e.next().add(again).add(e.ops().slice(deeper, 1, 0, 4));
            });
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.ONE_TASK);
    assertEquals(
        Set.of(FC1 + ".lora_A", FC1 + ".lora_B"), model.arrays().keySet(), "one set of parameters");
    INDArray images = ToyBackbone.images(1, 5);
    SameDiff graph = model.target().graph();
    String answer =
        model.emission().adapted().stream()
            .filter(a -> a.site().path().equals(FC2))
            .findFirst()
            .orElseThrow()
            .variable();
    // fc1 with its branch is linear in its input but for the bias.
    INDArray norm = Runs.outputs(graph, List.of("layers.0.blocks.0.norm2"), images).get(0);
    INDArray weight = backbone.graph().getVariable(FC1 + ".weight").getArr();
    INDArray delta = model.arrays().get(FC1 + ".lora_B").mmul(model.arrays().get(FC1 + ".lora_A"));
    INDArray bias = backbone.graph().getVariable(FC1 + ".bias").getArr();
    INDArray deeper = norm.mul(2).mmul(weight.add(delta).transpose()).addRowVector(bias);
    INDArray fc1 = norm.mmul(weight.add(delta).transpose()).addRowVector(bias);
    INDArray expected = fc2(fc1).add(fc2(fc1.mul(0.5))).add(deeper.getColumns(0, 1, 2, 3));
    INDArray actual = Runs.outputs(graph, List.of(answer), images).get(0);
    assertTrue(expected.sub(actual).amaxNumber().doubleValue() < 1e-12);
  }

  private INDArray fc2(INDArray hidden) {
    INDArray gate = Transforms.sigmoid(hidden.getColumns(4, 5, 6, 7));
    INDArray weight = backbone.graph().getVariable(FC2 + ".weight").getArr();
    INDArray bias = backbone.graph().getVariable(FC2 + ".bias").getArr();
    return hidden.getColumns(0, 1, 2, 3).mul(gate).mmul(weight.transpose()).addRowVector(bias);
  }

  /** A region that ends in the asking site's own output ends in the frozen layer. */
  @Test
  void theLayerItselfCanBeAppliedToAnotherInput() {
    Rewrite rewrite =
        at(
            TaskRouter.shared(),
            FC1,
            (site, e) -> e.apply(site.input(), e.input().mul(2.0), site.output(), e.stream()));
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.ONE_TASK);
    INDArray images = ToyBackbone.images(1, 5);
    INDArray norm =
        Runs.outputs(backbone.graph(), List.of("layers.0.blocks.0.norm2"), images).get(0);
    INDArray weight = backbone.graph().getVariable(FC1 + ".weight").getArr();
    INDArray bias = backbone.graph().getVariable(FC1 + ".bias").getArr();
    INDArray expected = norm.mul(2).mmul(weight.transpose()).addRowVector(bias);
    String answer = model.emission().adapted().get(0).variable();
    INDArray actual = Runs.outputs(model.target().graph(), List.of(answer), images).get(0);
    assertTrue(expected.sub(actual).amaxNumber().doubleValue() < 1e-12);
  }

  /** A region inside a region: what the inner one leaves alone is still the outer one's. */
  @Test
  void regionsNest() {
    String norm = "layers.0.blocks.0.norm2";
    Rewrite rewrite =
        Toys.linear(
            TaskRouter.shared(),
            (site, e) -> {
              if (site.path().equals(FC1)) {
                // Inner: reads a value that the outer region replaced.
                SDVariable stem = e.value("patch_embed.proj", e.stream());
                SDVariable x = e.input().add(stem);
                return e.apply(norm, x, FC1, e.stream());
              }
              if (site.path().equals(FC2)) {
                SDVariable stem = e.value("patch_embed.proj", e.stream());
                return e.next()
                    .add(e.apply("patch_embed.proj", stem.mul(0.0), FC2, e.stream()).mul(0.0));
              }
              return e.next();
            });
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.ONE_TASK);
    SameDiff graph = model.target().graph();
    // Twice each: in the graph as it is, and in the outer region.
    List<String> sums =
        graph.getOps().values().stream()
            .filter(op -> op.getOp().opName().equals("add"))
            .filter(op -> op.getInputsToOp().get(0).startsWith(norm))
            .map(op -> op.getInputsToOp().get(1))
            .toList();
    assertEquals(2, sums.size());
    assertEquals(2, new TreeSet<>(sums).size(), "the inner region reads the outer one's rows");
  }

  // ---- noise ----

  @Test
  void dropoutMasksAreOnePerStream() {
    Rewrite rewrite =
        at(
            TaskRouter.perTask(),
            FC1,
            (site, e) -> e.next().add(e.dropout("drop", e.next(), 0.5, site.out())));
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.TWO_TASKS);
    assertEquals(
        Set.of(FC1 + ".drop.mask@a", FC1 + ".drop.mask@b"), model.target().noises().keySet());
    Map<String, INDArray> feed =
        new HashMap<>(NoiseFeed.masks(model.target().noises().values(), DataType.DOUBLE, 2, 1, 1));
    feed.forEach((n, mask) -> assertEquals(List.of(2L * 4, 8L), shape(mask)));
    assertNotEquals(feed.get(FC1 + ".drop.mask@a"), feed.get(FC1 + ".drop.mask@b"));
  }

  @Test
  void dropoutAtRateZeroIsTheValue() {
    Rewrite rewrite =
        at(TaskRouter.shared(), FC1, (site, e) -> e.dropout("drop", e.next(), 0, site.out()));
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.ONE_TASK);
    assertEquals(Map.of(), model.target().noises());
    assertEquals(List.of(), model.emission().adapted());
  }

  /** Drop-path of the backbone: one mask where streams are one, one a stream where they part. */
  @Test
  void theBackbonesNoiseFollowsTheStreams() {
    Backbone noisy = ToyBackbone.withDropPath(0.3, 1, 1);
    TaskRouter router = (place, s) -> place.stage() == 0 ? Stream.SHARED : s;
    PeftModel model = Toys.adapt(noisy, Toys.lora(router), Toys.TWO_TASKS);
    assertEquals(
        Set.of(
            "layers.0.blocks.0.drop_path",
            "layers.1.blocks.0.drop_path@a",
            "layers.1.blocks.0.drop_path@b"),
        model.target().noises().keySet());
  }

  // ---- refusals ----

  @Test
  void anUnknownVariableIsNamedWithTheNearest() {
    String value = refusal((site, e) -> e.value("layers.0.blocks.0.norm", e.stream()));
    assertTrue(value.contains(FC1) && value.contains("did you mean"), value);
    assertTrue(value.contains("'layers.0.blocks.0.norm2'"), value);
    String apply = refusal((site, e) -> e.apply("nowhere", e.input(), FC1, e.stream()));
    assertTrue(apply.contains("'nowhere'"), apply);
  }

  @Test
  void askingForTheOwnAnswerIsRefused() {
    String message = refusal((site, e) -> e.value(site.output(), e.stream()).mul(2.0));
    assertTrue(message.contains("site '" + FC1 + "'"), message);
    assertTrue(message.contains("'shared'") && message.contains("next()"), message);
  }

  /** Each region would ask the site again, which would make another region. */
  @Test
  void askingForWhatFollowsTheSiteIsRefused() {
    String message = refusal((site, e) -> e.apply(site.input(), e.input(), FC2, e.stream()));
    assertTrue(message.contains("asks for itself"), message);
  }

  @Test
  void anAnswerOfAnotherGraphIsRefused() {
    String message =
        refusal((site, e) -> SameDiff.create().constant("x", Nd4j.ones(DataType.DOUBLE, 4, 8)));
    assertTrue(message.contains(FC1) && message.contains("another graph"), message);
  }

  @Test
  void onlyLinearSitesHaveAWeight() {
    Rewrite rewrite =
        new Rewrite() {
          @Override
          public SDVariable tap(TapSite site, Emit emit) {
            return emit.weight();
          }
        };
    RewriteException e =
        assertThrows(RewriteException.class, () -> Toys.adapt(backbone, rewrite, Toys.ONE_TASK));
    assertTrue(e.getMessage().contains("has no weight"), e.getMessage());
  }

  @Test
  void theSharedStreamIsRoutedToItself() {
    Rewrite rewrite =
        Toys.linear(
            (place, demanded) -> place.stage() == 0 ? Stream.of("a") : Stream.SHARED,
            (site, e) -> e.next());
    RewriteException e =
        assertThrows(RewriteException.class, () -> Toys.adapt(backbone, rewrite, Toys.ONE_TASK));
    assertTrue(e.getMessage().contains("must answer shared by shared"), e.getMessage());
  }

  @Test
  void routingTwiceIsRoutingOnce() {
    Stream a = Stream.of("a");
    Stream b = Stream.of("b");
    Rewrite rewrite = Toys.identity((place, s) -> s.isShared() ? s : s.equals(a) ? b : a);
    RewriteException e =
        assertThrows(RewriteException.class, () -> Toys.adapt(backbone, rewrite, Toys.TWO_TASKS));
    assertTrue(e.getMessage().contains("idempotent"), e.getMessage());
  }

  /** Parameters that are answers themselves keep their names, by which they are saved. */
  @Test
  void aParameterMayBeTheAnswer() {
    Rewrite rewrite =
        at(TaskRouter.shared(), FC1, (site, e) -> e.param("all", Init.ones(), 4, site.out()));
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.ONE_TASK);
    assertTrue(model.target().graph().hasVariable(FC1 + ".all"));
    assertEquals(FC1 + ".all", model.emission().adapted().get(0).variable());
  }

  private String refusal(Toys.LinearRule rule) {
    Rewrite rewrite = at(TaskRouter.shared(), FC1, rule);
    return assertThrows(
            IllegalStateException.class, () -> Toys.adapt(backbone, rewrite, Toys.ONE_TASK))
        .getMessage();
  }

  private static Rewrite at(TaskRouter router, String path, Toys.LinearRule rule) {
    return Toys.linear(
        router, (site, e) -> site.path().equals(path) ? rule.answer(site, e) : e.next());
  }

  private static List<Long> shape(INDArray array) {
    return Arrays.stream(array.shape()).boxed().toList();
  }
}
