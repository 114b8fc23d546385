package io.peft4j.harness.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.primitives.ImmutableIntArray;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.GraphExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reducers and HRNet head give the reference's maps, gradients and running statistics, training and
 * evaluating.
 */
class HrnetHeadGoldenTest {
  private static final double VALUE = 1e-5;
  private static final double GRADIENT = 1e-4;
  private static final String TASK = "t";
  private static final String TRAINING = "training";

  private static Map<String, INDArray> tensors;
  private static JsonNode config;

  @BeforeAll
  static void readFixture() throws IOException {
    Path folder = Path.of(System.getProperty("peft.fixtures"));
    tensors = Safetensors.read(folder.resolve("hrnet_head.safetensors"));
    config = new ObjectMapper().readTree(folder.resolve("hrnet_head.json").toFile()).get("config");
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "eval"})
  void equalsTheReference(String mode) {
    Built built = build();
    boolean training = mode.equals("train");
    Map<String, INDArray> inputs =
        Map.of(TRAINING, Nd4j.valueArrayOf(new long[] {1}, training ? 1.0 : 0.0, DataType.FLOAT));
    List<String> watched = new ArrayList<>(List.of("out"));
    Decoder.RunningStatistic statistic = built.statistic();
    watched.addAll(List.of(statistic.batchMean(), statistic.batchVariance()));
    try (GraphExecutor executor =
        GraphExecutors.forTraining(
            built.target().graph(), "loss", built.target().arrays().keySet())) {
      GraphExecutor.Step step = executor.gradients(inputs, watched);
      assertClose(mode + "/out", step.outputs().get("out"), VALUE);
      assertGradients(mode, step.gradients());
      if (training) {
        assertStatistics(built, step.outputs());
      }
    }
  }

  private static void assertGradients(String mode, Map<String, INDArray> gradients) {
    String prefix = mode + "/grad/";
    int compared = 0;
    for (String key : tensors.keySet()) {
      if (key.startsWith(prefix)) {
        String name = key.substring(prefix.length());
        assertClose(key, gradients.get(ours(name)), GRADIENT, scale(prefix, name));
        compared++;
      }
    }
    assertEquals(11, compared, "gradients in the fixture");
  }

  /** new = 0.9·old + 0.1·batch, the variance unbiased, from what the head says of its batch. */
  private static void assertStatistics(Built built, Map<String, INDArray> outputs) {
    Decoder.RunningStatistic s = built.statistic();
    double rows = (double) config.get("batch").asInt() * s.rows();
    double m = Decoder.RunningStatistic.MOMENTUM;
    Map<String, INDArray> buffers = built.target().buffers();
    INDArray mean = outputs.get(s.batchMean());
    INDArray unbiased = outputs.get(s.batchVariance()).mul(rows / (rows - 1));
    assertClose("train/new_running_mean", blend(buffers.get(s.runningMean()), mean, m), VALUE);
    assertClose(
        "train/new_running_var", blend(buffers.get(s.runningVariance()), unbiased, m), VALUE);
  }

  private static INDArray blend(INDArray running, INDArray batch, double momentum) {
    return running.mul(1 - momentum).add(batch.reshape(running.shape()).mul(momentum));
  }

  /**
   * Magnitude that a gradient's error is seen against: its own; for a bias its kernel's, because
   * before a batch norm a bias has no gradient but round-off.
   */
  private static double scale(String prefix, String name) {
    INDArray kernel = tensors.get(prefix + name.replace(".bias", ".weight"));
    return Math.max(largest(tensors.get(prefix + name)), largest(kernel));
  }

  private static double largest(INDArray array) {
    return array.amaxNumber().doubleValue();
  }

  private static void assertClose(String key, INDArray actual, double tolerance) {
    assertClose(key, actual, tolerance, largest(tensors.get(key)));
  }

  private static void assertClose(String key, INDArray actual, double tolerance, double scale) {
    INDArray expected = tensors.get(key);
    double worst = largest(expected.sub(actual.reshape(expected.shape())));
    assertTrue(
        worst <= tolerance * scale, () -> "%s: off by %s of %s".formatted(key, worst, scale));
  }

  private record Built(TargetGraph target, Decoder.RunningStatistic statistic) {}

  /** The head on the fixture's tokens, which are trainables so that their gradients come out. */
  private static Built build() {
    TargetGraph target =
        new TargetGraph(
            DataType.FLOAT, true, 0, name -> Optional.ofNullable(tensors.get(theirs(name))));
    int height = config.at("/out_size/0").asInt();
    int width = config.at("/out_size/1").asInt();
    List<Feature> features = new ArrayList<>();
    for (int i = 0; i < config.get("token_grid").size(); i++) {
      String name = "tokens_" + i;
      int grid = config.get("token_grid").get(i).asInt();
      INDArray tokens = tensors.get(name);
      target.decoderParam(name, Init.zeros(), tokens.shape());
      Place place = new Place(i, -1, 2, Role.STAGE_OUT);
      features.add(new Feature(name, place, (int) tokens.size(2), grid, grid));
    }
    int[] channels = new int[features.size()];
    for (int i = 0; i < channels.length; i++) {
      channels[i] = config.get("decoder_channels").get(i).asInt();
    }
    SDVariable training = target.placeholder(TRAINING, DataType.FLOAT, 1);
    Decoder.Head head =
        new HrnetDecoder(ImmutableIntArray.copyOf(channels))
            .emit(
                new HeadInput(
                    target,
                    new Task(TASK, config.get("num_outputs").asInt()),
                    features,
                    training,
                    height,
                    width));
    head.prediction().rename("out");
    SDVariable cotangent = target.graph().constant("cotangent", tensors.get("cotangent"));
    target.ops().sum(head.prediction().mul(cotangent), false, 0, 1, 2, 3).rename("loss");
    return new Built(target, head.statistics().get(0));
  }

  private static final Map<String, String> PREFIXES =
      Map.of("downsampler.", "downsampler." + TASK + ".", "head.", "decoders." + TASK + ".");

  private static String ours(String reference) {
    for (Map.Entry<String, String> e : PREFIXES.entrySet()) {
      if (reference.startsWith(e.getKey())) {
        return e.getValue() + reference.substring(e.getKey().length());
      }
    }
    return reference;
  }

  private static String theirs(String name) {
    for (Map.Entry<String, String> e : PREFIXES.entrySet()) {
      if (name.startsWith(e.getValue())) {
        return e.getKey() + name.substring(e.getValue().length());
      }
    }
    return name;
  }
}
