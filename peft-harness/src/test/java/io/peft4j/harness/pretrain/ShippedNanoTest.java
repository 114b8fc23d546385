package io.peft4j.harness.pretrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Maps;
import com.google.common.io.Files;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.safetensors.SafetensorsFile;
import io.peft4j.backbones.weights.ShippedWeights;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.data.ObjectsData;
import io.peft4j.harness.head.ClassifierDecoder;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.metric.Score;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.Evaluator;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The shipped backbones: they name objects as well as their files say, and they help. */
class ShippedNanoTest {
  private static final int HELD_OUT = 450;

  @ParameterizedTest
  @MethodSource("io.peft4j.backbones.weights.ShippedWeights#presets")
  void namesHeldOutObjectsAsWellAsItsProvenanceSays(String nano, @TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("nano.safetensors");
    Files.write(ShippedWeights.bytes(nano).orElseThrow().read(), file.toFile());
    Map<String, String> provenance;
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      provenance = opened.metadata();
    }
    assertTrue(provenance.get("command").startsWith("peft pretrain --backbone " + nano));
    assertTrue(provenance.containsKey("seed") && provenance.containsKey("steps"));
    double told = Double.parseDouble(provenance.get("held_out_accuracy"));
    // 450 of the pictures that the file's figure was measured on: three standard errors apart.
    double margin = 3 * Math.sqrt(told * (1 - told) / HELD_OUT);
    assertEquals(told, accuracy(nano), margin);
  }

  @ParameterizedTest
  @MethodSource("io.peft4j.backbones.weights.ShippedWeights#presets")
  void fineTuningFromRandomWeightsScoresClearlyLower(String nano) {
    Map<String, Score> pretrained = decodersOnly(nano, WeightSource.pretrained(nano));
    Map<String, Score> random = decodersOnly(nano, WeightSource.random(0));
    assertTrue(
        pretrained.get("semseg").value() > 1.15 * random.get("semseg").value(),
        () -> "semseg " + pretrained + " against " + random);
    assertTrue(
        pretrained.get("normals").value() < 0.95 * random.get("normals").value(),
        () -> "normals " + pretrained + " against " + random);
  }

  private static double accuracy(String nano) {
    Architecture config = Backbones.named(nano);
    TaskSet tasks = Pretraining.naming();
    Backbone backbone = config.build(WeightSource.pretrained(nano), DataType.FLOAT);
    PeftModel peft = Peft.adapt(backbone, "decoders-only", Map.of(), tasks.routed());
    MultiTaskModel model =
        MultiTaskModel.withHeads(peft, tasks, ClassifierDecoder.namedAsInCheckpoints());
    Map<String, INDArray> classifier =
        Maps.filterKeys(
            ShippedWeights.tensors(nano), n -> n.startsWith("norm.") || n.startsWith("head."));
    peft.load(classifier);
    ObjectsData data = Pretraining.data(config, HELD_OUT, HELD_OUT);
    try (GraphExecutor executor = GraphExecutors.forInference(peft.target().graph())) {
      return new Evaluator(model, executor)
          .evaluate(data.validation(tasks, 30))
          .scores()
          .get(ObjectsData.TASK)
          .value();
    }
  }

  private static Map<String, Score> decodersOnly(String nano, WeightSource weights) {
    DataSource data = DataSources.named(new DataSpec("scenes", 128, 64, 3, true), 64, 64);
    TaskSet tasks = TaskSet.parse(data.defaultTasks());
    Backbone backbone = Backbones.named(nano).build(weights, DataType.FLOAT);
    PeftModel peft = Peft.adapt(backbone, "decoders-only", Map.of(), tasks.routed());
    MultiTaskModel model =
        MultiTaskModel.withLosses(peft, tasks, DecoderChoice.byRule().decoder(backbone), Map.of());
    return new Trainer(model, data, TrainConfig.of(8, 16, 2e-3, 0), TrainListener.NONE)
        .run(Trainer.Snapshots.NONE)
        .scores();
  }
}
