package io.peft4j.testkit;

import com.google.common.collect.Sets;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.method.Init;
import io.peft4j.graph.PeftModel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Arrays: made, compared and fingerprinted. */
final class Values {
  /** Far enough from the start that a branch that starts at zero has a say. */
  private static final double PERTURBATION = 0.05;

  private Values() {}

  /** Images {@code [batch, channels, height, width]}; image i is the same for every batch size. */
  static INDArray images(Backbone backbone, int batch) {
    ImageInput in = backbone.image();
    INDArray images =
        Nd4j.zeros(backbone.dataType(), batch, in.channels(), in.height(), in.width());
    for (int i = 0; i < batch; i++) {
      images
          .get(NDArrayIndex.interval(i, i + 1))
          .assign(normal(100 + i, backbone.dataType(), 1, in.channels(), in.height(), in.width()));
    }
    return images;
  }

  /** Standard normal numbers. */
  static INDArray normal(long seed, DataType type, long... shape) {
    return Init.normal(1).create(new SplittableRandom(seed), type, shape);
  }

  /** Moves every trainable a little, so that nothing rests at a start value of zero. */
  static void perturb(PeftModel model, long seed) {
    model
        .arrays()
        .forEach(
            (name, array) -> {
              long own = Hashing.murmur3_128().hashUnencodedChars(name).asLong() ^ seed;
              array.addi(normal(own, array.dataType(), array.shape()).muli(PERTURBATION));
            });
  }

  /** A fingerprint of shape, type and every bit of an array. */
  static String fingerprint(INDArray array) {
    Hasher hasher = Hashing.murmur3_128().newHasher();
    hasher.putString(array.dataType().name(), StandardCharsets.UTF_8);
    Arrays.stream(array.shape()).forEach(hasher::putLong);
    // A double holds every float exactly; a copy in c order forgets views and strides.
    for (double v : array.dup('c').data().asDouble()) {
      hasher.putLong(Double.doubleToRawLongBits(v));
    }
    return hasher.hash().toString();
  }

  /** Fingerprints by name. */
  static Map<String, String> fingerprints(Map<String, INDArray> arrays) {
    Map<String, String> prints = new TreeMap<>();
    arrays.forEach((name, array) -> prints.put(name, fingerprint(array)));
    return prints;
  }

  /** Fingerprints of features by task and stage. */
  static Map<String, String> ofFeatures(Map<String, List<INDArray>> features) {
    Map<String, String> prints = new TreeMap<>();
    features.forEach(
        (task, list) -> {
          for (int i = 0; i < list.size(); i++) {
            prints.put(task + " stage " + i, fingerprint(list.get(i)));
          }
        });
    return prints;
  }

  /** Fingerprints of every constant of a graph. */
  static Map<String, String> ofConstants(SameDiff graph) {
    Map<String, String> prints = new TreeMap<>();
    for (SDVariable v : graph.variables()) {
      if (v.isConstant()) {
        prints.put(v.name(), fingerprint(v.getArr()));
      }
    }
    return prints;
  }

  /** Names whose fingerprints differ, or that only one side has. */
  static List<String> differing(Map<String, String> a, Map<String, String> b) {
    return Sets.union(a.keySet(), b.keySet()).stream()
        .filter(n -> !Objects.equals(a.get(n), b.get(n)))
        .sorted()
        .toList();
  }

  /** Largest difference, relative to the largest magnitude; NaN and other shapes are infinite. */
  static double relativeError(INDArray expected, INDArray actual) {
    if (!Arrays.equals(expected.shape(), actual.shape())) {
      return Double.POSITIVE_INFINITY;
    }
    double[] e = expected.dup('c').data().asDouble();
    double[] a = actual.dup('c').data().asDouble();
    double scale = Double.MIN_NORMAL;
    double worst = 0;
    for (int i = 0; i < e.length; i++) {
      if (!Double.isFinite(e[i]) || !Double.isFinite(a[i])) {
        return Double.POSITIVE_INFINITY;
      }
      scale = Math.max(scale, Math.abs(e[i]));
      worst = Math.max(worst, Math.abs(e[i] - a[i]));
    }
    return worst / scale;
  }

  /** As {@link #relativeError(INDArray, INDArray)}, the worst over tasks and stages. */
  static double relativeError(
      Map<String, List<INDArray>> expected, Map<String, List<INDArray>> actual) {
    double worst = 0;
    for (Map.Entry<String, List<INDArray>> entry : expected.entrySet()) {
      for (int i = 0; i < entry.getValue().size(); i++) {
        worst =
            Math.max(
                worst, relativeError(entry.getValue().get(i), actual.get(entry.getKey()).get(i)));
      }
    }
    return worst;
  }
}
