package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Sets;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.ops.AuditException;
import io.peft4j.graph.pertask.PerTask;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.IteratorData;
import io.peft4j.harness.head.ClassifierDecoder;
import io.peft4j.harness.head.Decoder;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.head.DecoderNorms;
import io.peft4j.harness.head.HeadInput;
import io.peft4j.harness.head.TaskDecoders;
import io.peft4j.harness.run.RunDefaults;
import io.peft4j.harness.task.ClassificationTask;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.adapter.SingletonMultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Every method that is discovered trains with every decoder, whichever stages it reads, and with
 * dense tasks, classifications and both. What no head reads stays as it is and is counted as dead.
 */
class EveryDecoderTest {
  private static final int SIZE = 32;
  private static final int BATCH = 2;

  private static final TaskSet DENSE = TaskSet.parse("semseg:4,normals");
  private static final TaskSet CLASSES = new TaskSet(List.of(named("scene"), named("weather")));
  private static final TaskSet BOTH =
      new TaskSet(Stream.concat(DENSE.tasks().stream(), CLASSES.tasks().stream()).toList());

  /** Where all layers take too long to decompose and compile. */
  private static final Map<String, Map<String, String>> LESS =
      Map.of("ditask", Map.of("targets", "proj"));

  /** Their streams part, so that there is something to be read by no head. */
  private static final Set<String> PARTING = Set.of("mtlora", "ditask");

  /** Its templates have no scale for PVT's third stage. */
  private static final Map<String, String> REFUSED = Map.of("polyhistor-lite", "pvt-nano");

  /** A way to predict tasks. */
  private record Heads(String name, TaskSet tasks, Function<Backbone, Decoder> decoder) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final DecoderChoice HRNET = DecoderChoice.byRule();
  private static final DecoderChoice SEGFORMER =
      new DecoderChoice("segformer-mlp", List.of(8), DecoderNorms.BY_RULE);

  private static final Heads CLASSIFIER = new Heads("classifier", CLASSES, b -> classifier());
  private static final Heads BESIDE =
      new Heads(
          "classifier beside hrnet",
          BOTH,
          b ->
              new TaskDecoders(
                  HRNET.decoder(b), Map.of("scene", classifier(), "weather", classifier())));
  private static final Heads FIRST =
      new Heads("stage 0", CLASSES, b -> new StageReader(List.of(0)));

  private static List<Heads> all() {
    return List.of(
        new Heads("hrnet", BOTH, HRNET::decoder),
        new Heads("hrnet alone", DENSE.only("normals"), HRNET::decoder),
        new Heads(
            "hrnet, norms",
            BOTH,
            new DecoderChoice("hrnet", List.of(), DecoderNorms.SHARED)::decoder),
        new Heads("segformer-mlp", BOTH, SEGFORMER::decoder),
        CLASSIFIER,
        new Heads("one classifier", CLASSES.only("scene"), b -> classifier()),
        BESIDE,
        FIRST,
        new Heads("stage 2", CLASSES, b -> new StageReader(List.of(2))),
        new Heads("stages 1 and 3", CLASSES, b -> new StageReader(List.of(1, 3))));
  }

  /** The mean of some stages' tokens, and a linear layer each. */
  private record StageReader(List<Integer> stages) implements Decoder {
    @Override
    public String id() {
      return "stages";
    }

    @Override
    public Head emit(HeadInput input) {
      Task task = input.task();
      var target = input.target();
      SDVariable sum = null;
      for (int stage : stages) {
        Feature f = input.features().get(stage);
        var tokens =
            target.graph().getVariable(f.name()).reshape(-1, f.height() * f.width(), f.channels());
        var weight =
            target.decoderParam(
                "decoders.%s.%d".formatted(task.name(), stage),
                Init.truncatedNormal(0.02),
                task.channels(),
                f.channels());
        var logits = target.ops().linear(target.ops().mean(tokens, false, 1), weight);
        sum = sum == null ? logits : sum.add(logits);
      }
      return new Head(sum.reshape(-1, task.channels(), 1, 1), List.of());
    }
  }

  static Stream<Arguments> cases() {
    boolean whole = Boolean.getBoolean("peft.long");
    List<String> families = smallestOfEachFamily();
    List<Arguments> cases = new ArrayList<>();
    for (MethodDescriptor method : MethodRegistry.discover().methods()) {
      if (whole) {
        for (String family : families) {
          if (!family.equals(REFUSED.get(method.id()))) {
            all().forEach(heads -> cases.add(Arguments.of(method.id(), family, heads, false)));
            cases.add(Arguments.of(method.id(), family, BESIDE, true));
          }
        }
      } else {
        cases.add(Arguments.of(method.id(), families.get(0), CLASSIFIER, false));
        if (PARTING.contains(method.id())) {
          cases.add(Arguments.of(method.id(), families.get(0), FIRST, false));
          cases.add(Arguments.of(method.id(), families.get(1), BESIDE, false));
        }
      }
    }
    return cases.stream();
  }

  private static List<String> smallestOfEachFamily() {
    Map<Class<? extends Architecture>, String> families = new LinkedHashMap<>();
    Backbones.names().forEach(name -> families.putIfAbsent(Backbones.named(name).getClass(), name));
    return List.copyOf(families.values());
  }

  @ParameterizedTest(name = "{0} on {1} with {2}, per task: {3}")
  @MethodSource("cases")
  void trains(String method, String name, Heads heads, boolean perTask) {
    Backbone backbone =
        Backbones.named(name).withImage(SIZE, SIZE).build(WeightSource.random(1), DataType.FLOAT);
    PeftModel peft = adapt(backbone, method, heads, perTask);
    MultiTaskModel model =
        MultiTaskModel.withLosses(peft, heads.tasks(), heads.decoder().apply(backbone), Map.of());
    Map<String, INDArray> before = new HashMap<>();
    peft.arrays().forEach((n, array) -> before.put(n, array.dup()));

    Evaluator.Evaluation scores =
        new Trainer(
                model, data(heads.tasks()), TrainConfig.of(2, BATCH, 1e-3, 1), TrainListener.NONE)
            .run(Trainer.Snapshots.NONE);

    assertEquals(Set.copyOf(heads.tasks().names()), scores.scores().keySet());
    scores.scores().forEach((t, s) -> assertTrue(Double.isFinite(s.value()), () -> t + ": " + s));
    Set<String> unread = Sets.difference(before.keySet(), model.trained().keySet());
    assertEquals(unread, Sets.intersection(model.parameters().dead().keySet(), before.keySet()));
    Set<String> moved = new HashSet<>();
    before.forEach(
        (n, array) -> {
          if (!array.equals(peft.arrays().get(n))) {
            moved.add(n);
          }
        });
    assertEquals(Set.of(), Sets.intersection(moved, unread), "what no head reads moves");
    List<String> still =
        model.trained().keySet().stream()
            .filter(n -> n.startsWith("decoders.") && !moved.contains(n))
            .toList();
    // Two rows behind a batch norm give nothing to the bias before it.
    assertTrue(still.stream().allMatch(n -> n.endsWith(".bias")), still::toString);
    boolean adapts = before.keySet().stream().anyMatch(n -> !isHead(n) && !unread.contains(n));
    assertEquals(adapts, moved.stream().anyMatch(n -> !isHead(n)), "the backbone's part moves");
  }

  private static boolean isHead(String name) {
    return name.startsWith("decoders.")
        || name.startsWith("downsampler.")
        || name.startsWith("norm_");
  }

  /** The tails of a task in the first three stages lead to features alone. */
  @Test
  void whatNoHeadReadsIsThere() {
    PeftModel peft = adapt(nano(), "mtlora", CLASSIFIER, false);
    MultiTaskModel model =
        MultiTaskModel.withLosses(peft, CLASSES, new ClassifierDecoder(), Map.of());
    assertTrue(model.trained().size() < peft.arrays().size(), "some are unread");
    long dead =
        Sets.difference(peft.arrays().keySet(), model.trained().keySet()).stream()
            .mapToLong(n -> peft.arrays().get(n).length())
            .sum();
    assertTrue(model.parameters().used() <= model.parameters().trainable() - dead);
  }

  @Test
  void aClassifierForAMapIsRefused() {
    assertRefused(DENSE, new ClassifierDecoder(), "'semseg' needs a map of 32 by 32");
  }

  @Test
  void namesOfCheckpointsAreForOneTask() {
    assertRefused(
        CLASSES, ClassifierDecoder.namedAsInCheckpoints(), "'weather' cannot have the parameter");
  }

  @Test
  void aDecoderForATaskThatTakesNoPartIsRefused() {
    assertRefused(
        CLASSES,
        new TaskDecoders(classifier(), Map.of("wether", classifier())),
        "'wether', which takes no part; did you mean 'weather'");
  }

  /** What the method makes and nobody uses is its mistake, and found before it trains. */
  @Test
  void whatLeadsNowhereIsStillAMistake() {
    PeftModel peft = adapt(nano(), "lora", CLASSIFIER, false);
    MultiTaskModel model =
        MultiTaskModel.withLosses(peft, CLASSES, new ClassifierDecoder(), Map.of());
    peft.target().decoderParam("forgotten", Init.ones(), 2);
    Trainer trainer =
        new Trainer(model, data(CLASSES), TrainConfig.of(1, BATCH, 1e-3, 1), TrainListener.NONE);
    String message =
        assertThrows(AuditException.class, () -> trainer.run(Trainer.Snapshots.NONE)).getMessage();
    assertTrue(message.contains("'forgotten' gets no gradient"), message);
    assertFalse(message.contains("lora"), message);
  }

  private static void assertRefused(TaskSet tasks, Decoder decoder, String part) {
    PeftModel peft = Peft.frozen(nano(), tasks.routed());
    String message =
        assertThrows(
                InputException.class,
                () -> MultiTaskModel.withLosses(peft, tasks, decoder, Map.of()))
            .getMessage();
    assertTrue(message.contains(part), message);
  }

  private static Backbone nano() {
    return Backbones.named("swin-nano")
        .withImage(SIZE, SIZE)
        .build(WeightSource.random(1), DataType.FLOAT);
  }

  private static PeftModel adapt(Backbone backbone, String method, Heads heads, boolean perTask) {
    Map<String, String> options = new HashMap<>(RunDefaults.options(method, backbone.id()));
    options.putAll(LESS.getOrDefault(method, Map.of()));
    MethodDescriptor found = MethodRegistry.discover().get(method);
    PeftMethod plugin = perTask ? PerTask.of(found.method()) : found.method();
    Backbone read = heads.name().startsWith("segformer") ? SEGFORMER.on(backbone) : backbone;
    return Peft.adapt(read, plugin, found.configure(options), heads.tasks().routed(), 1);
  }

  private static Decoder classifier() {
    return new ClassifierDecoder();
  }

  private static DenseTask named(String name) {
    return new ClassificationTask(new Task(name, 3));
  }

  /** One batch, for training and validation. */
  private static DataSource data(TaskSet tasks) {
    Random random = new Random(5);
    INDArray images = Nd4j.create(DataType.FLOAT, BATCH, 3, SIZE, SIZE);
    for (long i = 0; i < images.length(); i++) {
      images.putScalar(i, random.nextGaussian());
    }
    INDArray[] labels = new INDArray[tasks.tasks().size()];
    for (int t = 0; t < labels.length; t++) {
      DenseTask task = tasks.tasks().get(t);
      labels[t] =
          task.isPerImage()
              ? Nd4j.create(DataType.FLOAT, BATCH, 1)
              : Nd4j.create(DataType.FLOAT, BATCH, task.labelChannels(), SIZE, SIZE);
      for (long i = 0; i < labels[t].length(); i++) {
        labels[t].putScalar(i, random.nextInt(3));
      }
    }
    MultiDataSet batch = new MultiDataSet(new INDArray[] {images}, labels);
    return IteratorData.of(
        new IteratorData.Layout("random", SIZE, SIZE, BATCH, tasks),
        (size, seed, epoch) -> new SingletonMultiDataSetIterator(batch),
        size -> new SingletonMultiDataSetIterator(batch));
  }
}
