package io.peft4j.graph.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.api.accounting.MacReport;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
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
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Counts of the toy with one block a stage, worked out by hand.
 *
 * <pre>
 *                     in out rows  weight+bias  rows·in·out  norm numbers, 2 per element
 * patch_embed.proj     3   4    4           16           48
 * stage 0  fc1         4   8    4           40          128    8   32
 *          fc2         4   4    4           20           64
 * reduction            8   8    2           72          128   16   32
 * stage 1  fc1         8  16    2          144          256   16   32
 *          fc2         8   8    2           72          128
 * sum                                      364          752   40   96
 * </pre>
 *
 * LoRA of rank 2 adds 2(in + out) numbers a layer, 166 in all, and rows times that, 440 MACs.
 */
class AccountantTest {
  private static final long NUMBERS = 364 + 40;
  private static final long LAYERS = 752;
  private static final long NORMS = 96;
  private static final long LORA = 166;
  private static final long LORA_MACS = 440;

  private final Backbone backbone = ToyBackbone.of(1, 1);

  @Test
  void nothingTrainable() {
    PeftModel model = Toys.adapt(backbone, Toys.identity(TaskRouter.shared()), Toys.ONE_TASK);
    assertEquals(
        new ParameterReport(NUMBERS, 0, 0, 0, 0, 0, Map.of(), Map.of("a", 0L), Map.of()),
        model.parameters());
    assertEquals(new MacReport(LAYERS + NORMS, LAYERS + NORMS), model.macs());
  }

  @Test
  void adaptersOfOneStream() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.shared()), Toys.TWO_TASKS);
    assertEquals(
        new ParameterReport(
            NUMBERS + LORA,
            LORA,
            LORA,
            LORA,
            0,
            LORA,
            Map.of("adapter", LORA),
            Map.of("a", LORA, "b", LORA),
            Map.of()),
        model.parameters());
    assertEquals(new MacReport(LAYERS + NORMS, LAYERS + NORMS + LORA_MACS), model.macs());
  }

  /** The frozen product of the stem has one input and is computed once. */
  @Test
  void adaptersOfTwoStreams() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.perTask()), Toys.TWO_TASKS);
    ParameterReport report = model.parameters();
    assertEquals(2 * LORA, report.used());
    assertEquals(Map.of("a", LORA, "b", LORA), report.perTask());
    long convention = 2 * (LAYERS + NORMS);
    // both streams read the same frozen patch embedding: one copy, though each is charged for it
    assertEquals(new MacReport(convention, convention - 48 + 2 * LORA_MACS), model.macs());
  }

  @Test
  void groupsOfTheBackbonesParameters() {
    PeftModel model = Toys.adapt(backbone, training(Training.TRAINED, 0), Toys.ONE_TASK);
    assertEquals(
        new ParameterReport(
            NUMBERS,
            NUMBERS,
            NUMBERS,
            NUMBERS,
            0,
            0,
            Map.of(
                "norms", 40L,
                "patch_embed", 16L,
                "merging", 72L,
                "biases", 8L + 4 + 16 + 8,
                "linear_weights", 32L + 16 + 128 + 64),
            Map.of("a", NUMBERS),
            Map.of()),
        model.parameters());
  }

  /** No frozen copy is left of what every stream trains for itself. */
  @Test
  void parametersPerStream() {
    PeftModel model = Toys.adapt(backbone, training(Training.PER_STREAM, 0), Toys.TWO_TASKS);
    ParameterReport report = model.parameters();
    assertEquals(2 * NUMBERS, report.total());
    assertEquals(2 * NUMBERS, report.used());
    assertEquals(Map.of("a", NUMBERS, "b", NUMBERS), report.perTask());
  }

  @Test
  void numbersThatOnlyThePapersCount() {
    PeftModel model = Toys.adapt(backbone, training(Training.TRAINED, 10), Toys.ONE_TASK);
    ParameterReport report = model.parameters();
    assertEquals(NUMBERS, report.used());
    assertEquals(NUMBERS + 10, report.trainable());
    assertEquals(10, report.groups().get("unreached"));
    assertEquals(Map.of("fc2.dead", 10L), report.dead());
  }

  @Test
  void whatTheLossesReadIsUsed() {
    PeftModel model = Toys.adapt(backbone, Toys.lora(TaskRouter.shared()), Toys.TWO_TASKS);
    SDVariable head = model.target().decoderParam("head.a", Init.ones(), 4, 5);
    SDVariable fine = model.target().graph().getVariable(model.features("a").get(0).name());
    String out = fine.reshape(-1, 4).mmul(head).name();
    model.target().decoderParam("head.b", Init.ones(), 7);
    model.target().cost(new Cost(out, Cost.Kind.LINEAR, 80));
    ParameterReport report =
        model.parameters(
            Map.of("a", List.of(out), "b", List.of(model.features("b").get(0).name())));
    long firstStage = 14 + 24 + 16;
    assertEquals(27, report.decoders());
    assertEquals(LORA + 27, report.trainable());
    assertEquals(LORA, report.backboneTrainable());
    assertEquals(firstStage + 20, report.used());
    assertEquals(Map.of("a", firstStage + 20, "b", firstStage), report.perTask());
    assertEquals(LAYERS + NORMS + 80, model.macs().convention());
    assertEquals(LAYERS + NORMS + 80 + LORA_MACS, model.macs().full());
  }

  /** The papers count a layer whatever a method makes of it; in full its own product counts. */
  @Test
  void layersThatAPluginBuildsItself() {
    Rewrite rewrite =
        Toys.linear(
            TaskRouter.shared(),
            (site, e) -> e.ops().linear(e.input(), e.weight().mul(2.0)).add(1.0));
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.ONE_TASK);
    assertEquals(new MacReport(LAYERS + NORMS, LAYERS + NORMS), model.macs());
  }

  /** A region that is emitted again is a branch of the adapter. */
  @Test
  void regionsThatArePassedTwice() {
    Rewrite rewrite =
        Toys.linear(
            TaskRouter.shared(),
            (site, e) ->
                e.next().add(e.apply(site.input(), e.input().mul(2.0), site.output(), e.stream())));
    PeftModel model = Toys.adapt(backbone, rewrite, Toys.ONE_TASK);
    assertEquals(new MacReport(LAYERS + NORMS, 2 * LAYERS + NORMS), model.macs());
  }

  @Test
  void countingNeedsNoArrays() {
    for (TaskRouter router : List.of(TaskRouter.shared(), TaskRouter.perTask())) {
      PeftModel counted =
          Toys.adapt(
              ToyBackbone.withoutWeights(1, 1),
              everything(
                  router,
                  () -> {
                    throw new AssertionError("a value was computed");
                  }),
              Toys.TWO_TASKS);
      PeftModel model =
          Toys.adapt(
              backbone, everything(router, () -> Nd4j.ones(DataType.DOUBLE, 1)), Toys.TWO_TASKS);
      assertEquals(model.parameters(), counted.parameters());
      assertEquals(model.macs(), counted.macs());
      assertEquals(model.target().noises(), counted.target().noises());
      assertEquals(Map.of(), counted.state());
      counted
          .target()
          .trainables()
          .forEach(t -> assertTrue(counted.target().graph().getVariable(t.name()).isPlaceHolder()));
      String message =
          assertThrows(InputException.class, () -> counted.features(ToyBackbone.images(1, 1)))
              .getMessage();
      assertTrue(message.contains("counting only"), message);
    }
  }

  /** Trained biases and, at each layer, a constant, a dropped branch and a factor. */
  private static Rewrite everything(TaskRouter router, Supplier<INDArray> one) {
    return new Rewrite() {
      @Override
      public TaskRouter router() {
        return router;
      }

      @Override
      public Training training(Param param, Stream stream) {
        return param.kind() == Param.Kind.BIAS ? Training.PER_STREAM : Training.FROZEN;
      }

      @Override
      public SDVariable linear(LinearSite site, Emit e) {
        SDVariable dropped = e.dropout("drop", e.input(), 0.1, site.in());
        return e.next().add(Toys.branch(site, e, dropped)).mul(e.frozen("one", one, 1));
      }
    };
  }

  private static Rewrite training(Training training, long dead) {
    return new Rewrite() {
      @Override
      public TaskRouter router() {
        return training == Training.PER_STREAM ? TaskRouter.perTask() : TaskRouter.shared();
      }

      @Override
      public Training training(Param param, Stream stream) {
        return training;
      }

      @Override
      public Map<String, Shape> deadTensors() {
        return dead == 0 ? Map.of() : Map.of("fc2.dead", Shape.of(dead));
      }
    };
  }
}
