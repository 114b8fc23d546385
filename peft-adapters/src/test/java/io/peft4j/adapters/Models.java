package io.peft4j.adapters;

import com.google.common.hash.Hashing;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.pvt.Pvt;
import io.peft4j.backbones.pvt.PvtConfig.Stage;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Small models with something learned. */
public final class Models {
  /** Two tasks. */
  public static final List<Task> TASKS = List.of(new Task("sal", 1), new Task("normals", 3));

  private Models() {}

  /** Two stages of two blocks, for 32×32 images. */
  public static Architecture swin() {
    return Swin.preset("swin-nano")
        .withId("swin-micro")
        .withStages(8, List.of(2, 2), List.of(1, 2))
        .withWindowSize(4)
        .withImage(32, 32);
  }

  /** Two stages of one block, for 32×32 images. */
  public static Architecture pvt() {
    return Pvt.preset("pvt-nano")
        .withId("pvt-micro")
        .withStages(List.of(new Stage(8, 1, 1, 4, 4), new Stage(16, 1, 2, 2, 1)))
        .withTables(16, 16)
        .withImage(32, 32);
  }

  /** A backbone of random weights. */
  public static Backbone backbone(Architecture architecture, DataType type) {
    return architecture.build(WeightSource.random(11), type);
  }

  /** The small Swin in single precision. */
  public static Backbone backbone() {
    return backbone(swin(), DataType.FLOAT);
  }

  /** A model whose trainables are all moved from their start; options as {@code a=1 b=2}. */
  public static PeftModel trained(Backbone backbone, String method, String options, long seed) {
    PeftModel model = Peft.adapt(backbone, method, options(options), TASKS, seed);
    move(model, seed);
    return model;
  }

  /** As {@link #trained(Backbone, String, String, long)}, as an adapter. */
  public static Adapter adapter(Backbone backbone, String method, String options, long seed) {
    return Adapter.of(trained(backbone, method, options, seed), false);
  }

  /** Options written as {@code a=1 b=2}. */
  public static Map<String, String> options(String text) {
    Map<String, String> options = new LinkedHashMap<>();
    for (String option : text.isBlank() ? new String[0] : text.split(" ")) {
      String[] pair = option.split("=", 2);
      options.put(pair[0], pair[1]);
    }
    return options;
  }

  /** Adds noise to every trainable, so that nothing rests at a start value of zero. */
  public static void move(PeftModel model, long seed) {
    model
        .arrays()
        .forEach(
            (name, array) -> {
              long own = Hashing.murmur3_128().hashUnencodedChars(name).asLong() ^ seed;
              array.addi(
                  Init.normal(0.1)
                      .create(new SplittableRandom(own), array.dataType(), array.shape()));
            });
  }

  /** Images of a backbone's size. */
  public static INDArray images(Backbone backbone, int batch) {
    return Init.normal(1)
        .create(
            new SplittableRandom(5),
            backbone.dataType(),
            batch,
            backbone.image().channels(),
            backbone.image().height(),
            backbone.image().width());
  }

  /** Every bit of arrays, by name. */
  public static Map<String, String> bits(Map<String, INDArray> arrays) {
    Map<String, String> bits = new TreeMap<>();
    arrays.forEach((name, array) -> bits.put(name, bits(array)));
    return bits;
  }

  /** Every bit of features, by task and stage. */
  public static Map<String, List<String>> featureBits(Map<String, List<INDArray>> features) {
    Map<String, List<String>> bits = new TreeMap<>();
    features.forEach((task, list) -> bits.put(task, list.stream().map(Models::bits).toList()));
    return bits;
  }

  private static String bits(INDArray array) {
    long[] raw =
        Arrays.stream(array.dup('c').data().asDouble())
            .mapToLong(Double::doubleToRawLongBits)
            .toArray();
    return array.dataType() + Arrays.toString(array.shape()) + Arrays.hashCode(raw);
  }

  /** Largest difference relative to the largest magnitude, over all tasks and stages. */
  public static double error(
      Map<String, List<INDArray>> expected, Map<String, List<INDArray>> actual) {
    double worst = 0;
    for (Map.Entry<String, List<INDArray>> entry : expected.entrySet()) {
      for (int i = 0; i < entry.getValue().size(); i++) {
        worst = Math.max(worst, error(entry.getValue().get(i), actual.get(entry.getKey()).get(i)));
      }
    }
    return worst;
  }

  /** Largest difference relative to the largest magnitude. */
  public static double error(INDArray expected, INDArray actual) {
    double scale = expected.amaxNumber().doubleValue();
    double error =
        expected.sub(actual.reshape(expected.shape())).amaxNumber().doubleValue() / scale;
    return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
  }
}
