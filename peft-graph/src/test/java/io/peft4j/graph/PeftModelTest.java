package io.peft4j.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.OwnParameters;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.toy.Runs;
import io.peft4j.graph.toy.ToyBackbone;
import io.peft4j.graph.toy.Toys;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** What a program does with an adapted backbone. */
class PeftModelTest {
  private final Backbone backbone = ToyBackbone.of(1, 1);

  // ---- features ----

  @Test
  void featuresOfEachImageDoNotDependOnTheBatch() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.perTask()), Toys.TWO_TASKS);
    INDArray images = ToyBackbone.images(3, 1);
    Map<String, List<INDArray>> all = model.features(images);
    assertEquals(List.of("a", "b"), List.copyOf(all.keySet()));
    for (int batch = 1; batch <= 2; batch++) {
      Map<String, List<INDArray>> some =
          model.features(images.get(NDArrayIndex.interval(0, batch)));
      for (int stage = 0; stage < 2; stage++) {
        INDArray expected = all.get("b").get(stage).get(NDArrayIndex.interval(0, batch));
        INDArray actual = some.get("b").get(stage);
        assertArrayEquals(expected.shape(), actual.shape());
        assertTrue(expected.sub(actual).amaxNumber().doubleValue() < 1e-12);
      }
    }
    assertArrayEquals(new long[] {3, 4, 4}, all.get("a").get(0).shape());
    assertArrayEquals(new long[] {3, 2, 8}, all.get("a").get(1).shape());
  }

  @Test
  void featuresAreTheCallers() {
    PeftModel model = Toys.adapt(backbone, Toys.identity(TaskRouter.shared()), Toys.ONE_TASK);
    INDArray images = ToyBackbone.images(2, 1);
    INDArray first = model.features(images).get("a").get(0);
    INDArray copy = first.dup();
    model.features(images.add(1)).get("a").get(0).addi(1);
    Runs.assertSame(copy, first, "features");
  }

  @Test
  void onePlanServesAllCallsUntilTheModelIsClosed() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.shared()), Toys.ONE_TASK);
    List<List<INDArray>> first = new ArrayList<>();
    for (int batch = 1; batch <= 8; batch++) {
      first.add(model.features(ToyBackbone.images(batch, 1)).get("a"));
    }
    Predictor kept = model.computed();
    model.target().decoderParam("head", Init.ones(), 2);
    for (int batch = 1; batch <= 8; batch++) {
      List<INDArray> again = model.features(ToyBackbone.images(batch, 1)).get("a");
      assertEquals(first.get(batch - 1), again, "batch " + batch);
    }
    List<INDArray> before = new ArrayList<>();
    model.arrays().values().forEach(a -> before.add(a.dup()));
    model.arrays().values().forEach(a -> a.addi(0.5));
    assertNotEquals(first.get(1), model.features(ToyBackbone.images(2, 1)).get("a"));
    assertSame(kept, model.computed());
    model.close();
    Iterator<INDArray> values = before.iterator();
    model.arrays().values().forEach(a -> a.assign(values.next()));
    assertEquals(first.get(1), model.features(ToyBackbone.images(2, 1)).get("a"));
    assertNotSame(kept, model.computed());
    model.close();
  }

  @Test
  void threadsMayShareAModel() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try (PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.shared()), Toys.ONE_TASK)) {
      List<Future<List<INDArray>>> found = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        INDArray images = ToyBackbone.images(1 + i % 3, i);
        found.add(pool.submit(() -> model.features(images).get("a")));
      }
      for (int i = 0; i < found.size(); i++) {
        List<INDArray> alone = model.features(ToyBackbone.images(1 + i % 3, i)).get("a");
        assertEquals(alone, found.get(i).get(), "images " + i);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /** Masks drop nothing when features are evaluated. */
  @Test
  void featuresAreWithoutNoise() {
    PeftModel plain = Toys.adapt(backbone, Toys.lora(TaskRouter.shared()), Toys.ONE_TASK);
    PeftModel noisy =
        Toys.adapt(
            ToyBackbone.withDropPath(0.5, 1, 1),
            Toys.linear(
                TaskRouter.shared(),
                (site, e) ->
                    e.next()
                        .add(Toys.branch(site, e, e.dropout("drop", e.input(), 0.5, site.in())))),
            Toys.ONE_TASK);
    INDArray images = ToyBackbone.images(2, 1);
    Runs.assertSame(plain.features(images).get("a"), noisy.features(images).get("a"));
  }

  @Test
  void anUnknownTaskIsNamed() {
    PeftModel model =
        Toys.adapt(backbone, Toys.identity(TaskRouter.shared()), Toys.tasks("depth", "normals"));
    assertEquals(
        "no task 'dept'; did you mean 'depth'?",
        assertThrows(InputException.class, () -> model.features("dept")).getMessage());
  }

  @Test
  void startValuesDependOnTheSeed() {
    Rewrite lora = Toys.lora(TaskRouter.shared());
    Map<String, INDArray> first =
        Peft.adapt(backbone, Toys.method(lora), new Toys.NoOptions(), Toys.ONE_TASK, 1).arrays();
    Map<String, INDArray> again =
        Peft.adapt(backbone, Toys.method(lora), new Toys.NoOptions(), Toys.TWO_TASKS, 1).arrays();
    Map<String, INDArray> other =
        Peft.adapt(backbone, Toys.method(lora), new Toys.NoOptions(), Toys.ONE_TASK, 2).arrays();
    assertEquals(first, again);
    first.forEach((name, a) -> assertTrue(!a.equals(other.get(name)), name));
  }

  // ---- state ----

  @Test
  void stateIsLoadedWhole() {
    PeftModel model = withBuffer();
    PeftModel other = withBuffer();
    Map<String, INDArray> state = new TreeMap<>();
    model.state().forEach((n, a) -> state.put(n, a.add(1).castTo(DataType.FLOAT)));
    other.load(state);
    other.state().forEach((n, a) -> assertEquals(state.get(n), a.castTo(DataType.FLOAT), n));
    assertTrue(state.containsKey("running"));
    model.load(other.state());
    INDArray images = ToyBackbone.images(2, 1);
    Runs.assertSame(other.features(images).get("a"), model.features(images).get("a"));
  }

  @Test
  void aStateThatDoesNotFitChangesNothing() {
    PeftModel model = withBuffer();
    Map<String, INDArray> before = new HashMap<>();
    model.state().forEach((n, a) -> before.put(n, a.dup()));
    String some = "patch_embed.proj.lora_A";
    Map<String, INDArray> state = new HashMap<>();
    model.state().forEach((n, a) -> state.put(n, a.add(1)));
    INDArray right = state.remove(some);
    assertProblems(model, state, "missing " + some);
    state.put("patch_embed.proj.lora_a", right);
    assertProblems(model, state, "missing " + some, "unexpected patch_embed.proj.lora_a");
    state.remove("patch_embed.proj.lora_a");
    state.put(some, Nd4j.ones(DataType.DOUBLE, 3, 2));
    assertProblems(model, state, some + " has shape [3, 2], not [2, 3]");
    model.state().forEach((n, a) -> assertEquals(before.get(n), a, n));
  }

  private static void assertProblems(
      PeftModel model, Map<String, INDArray> state, String... problems) {
    String message = assertThrows(InputException.class, () -> model.load(state)).getMessage();
    assertEquals(
        "the saved state does not fit toy on toy: " + String.join("; ", problems), message);
  }

  private PeftModel withBuffer() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.shared()), Toys.ONE_TASK);
    model.target().buffer("running", Init.ones(), 3);
    return model;
  }

  // ---- after a step ----

  @Test
  void aMethodSeesItsOwnParametersAlone() {
    List<OwnParameters> seen = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    PeftModel model =
        Toys.adapt(
            backbone,
            new Rewrite() {
              @Override
              public Training training(Param param, Stream stream) {
                return Training.TRAINED;
              }

              @Override
              public SDVariable linear(LinearSite site, Emit e) {
                e.buffer("seen", site.out());
                return e.next().add(e.param("shift", Init.ones(), site.out()));
              }

              @Override
              public void afterStep(OwnParameters own, long step) {
                own.names().forEach(n -> own.get(n).muli(2));
                seen.add(own);
                steps.add(step);
              }
            },
            Toys.ONE_TASK);
    model.target().decoderParam("head", Init.ones(), 2);
    double bias = model.arrays().get("patch_embed.proj.bias").getDouble(0);
    model.afterStep(1, Map.of());
    model.afterStep(2, Map.of("patch_embed.proj.shift", Nd4j.ones(2)));
    assertEquals(List.of(1L, 2L), steps);
    assertEquals(6, seen.get(0).names().size());
    assertTrue(seen.get(0).names().stream().allMatch(n -> n.endsWith(".shift")));
    assertEquals(4, model.arrays().get("patch_embed.proj.shift").getDouble(0));
    assertEquals(bias, model.arrays().get("patch_embed.proj.bias").getDouble(0));
    assertEquals(1, model.arrays().get("head").getDouble(0));
    String message =
        assertThrows(IllegalArgumentException.class, () -> seen.get(0).get("patch_embed.proj.shft"))
            .getMessage();
    assertTrue(message.contains("did you mean 'patch_embed.proj.shift'?"), message);
    assertEquals(Nd4j.zeros(DataType.DOUBLE, 4), seen.get(0).buffer("patch_embed.proj.seen"));
    seen.get(0).buffer("patch_embed.proj.seen").addi(3);
    assertEquals(3, model.state().get("patch_embed.proj.seen").getDouble(1), "saved");
    assertFalse(model.target().graph().hasVariable("patch_embed.proj.seen"), "costs nothing");
    model.load(model.arrays());
    assertEquals(0, model.state().get("patch_embed.proj.seen").getDouble(1), "anew");
    Map<String, INDArray> torn = new HashMap<>(model.state());
    torn.remove("patch_embed.proj.seen");
    String part = assertThrows(InputException.class, () -> model.load(torn)).getMessage();
    assertTrue(part.contains("missing patch_embed.proj.seen"), part);
    String unknown =
        assertThrows(
                IllegalArgumentException.class, () -> seen.get(0).buffer("patch_embed.proj.sen"))
            .getMessage();
    assertTrue(unknown.contains("did you mean 'patch_embed.proj.seen'?"), unknown);
    assertThrows(IllegalArgumentException.class, () -> model.beforeTraining(0));
    assertEquals(Nd4j.ones(2), seen.get(1).gradient("patch_embed.proj.shift"));
    String missing =
        assertThrows(
                IllegalStateException.class, () -> seen.get(0).gradient("patch_embed.proj.shift"))
            .getMessage();
    assertTrue(missing.contains("no gradient of 'patch_embed.proj.shift'"), missing);
  }

  @Test
  void aPenaltyIsAddedOnceUnderTheNameOfItsSite() {
    PeftModel model =
        Toys.adapt(
            backbone,
            new Rewrite() {
              @Override
              public SDVariable linear(LinearSite site, Emit e) {
                SDVariable shift = e.param("shift", Init.constant(2), site.out());
                for (int again = 0; again < 2; again++) {
                  e.penalty("size", e.ops().sum(e.ops().square(shift), false, 0));
                }
                return e.next().add(shift);
              }
            },
            Toys.ONE_TASK);
    List<String> penalties = model.target().penalties();
    assertEquals(6, penalties.size());
    assertTrue(penalties.stream().allMatch(n -> n.endsWith(".size")), penalties.toString());
    String first = "patch_embed.proj.size";
    int width = (int) model.arrays().get("patch_embed.proj.shift").length();
    assertEquals(
        4.0 * width, model.target().graph().output(Map.of(), first).get(first).getDouble(0), 1e-6);
  }

  @Test
  void theSummaryReadsAsInHfPeft() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.shared()), Toys.ONE_TASK);
    assertEquals(
        "trainable params: 166 || all params: 570 || trainable%: 29.1228",
        model.trainableSummary());
    assertEquals(Set.of("adapter"), model.parameters().groups().keySet());
  }

  @Test
  void twoThreadsAdaptOneBackbone() throws InterruptedException {
    List<PeftModel> models = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int k = 0; k < 5; k++) {
                  models.add(Toys.adapt(backbone, Toys.lora(TaskRouter.perTask()), Toys.TWO_TASKS));
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(10, models.size());
    INDArray images = ToyBackbone.images(2, 1);
    List<INDArray> expected = models.get(0).features(images).get("a");
    models.forEach(m -> Runs.assertSame(expected, m.features(images).get("a")));
  }
}
