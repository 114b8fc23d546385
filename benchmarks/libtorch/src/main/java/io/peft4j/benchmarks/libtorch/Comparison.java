package io.peft4j.benchmarks.libtorch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Whether both sides compute the same, by relative differences in norm.
 *
 * <p>Where they differ by more than the tolerance, this side computes in float64 too: what float32
 * itself misses here, as at kinks and in sums that cancel, may be missed there.
 *
 * @param compared how many values
 * @param worst the value that differs most, measured by what is allowed
 * @param difference by how much
 * @param allowed what is allowed for it
 */
record Comparison(int compared, String worst, double difference, double allowed) {
  private static final double TOLERANCE = 1e-3;

  /**
   * A bias that a norm takes away has no gradient but rounding: it is measured beside its weight's.
   */
  private static final double BIAS_SHARE = 1e-2;

  /** Likewise what no gradient reaches, beside the largest gradient of all. */
  private static final double NOISE = 1e-6;

  private static final String BIAS = "bias";

  boolean isSame() {
    return difference <= allowed;
  }

  static Comparison of(Path file, Attention attention) throws IOException {
    try (Work work = new Work(file, torch.ScalarType.Float)) {
      Map<String, Tensor> theirs = work.results(attention);
      Map<String, Tensor> ours = new LinkedHashMap<>();
      for (String name : theirs.keySet()) {
        ours.put(name, work.file().tensor(name));
      }
      Map<String, Double> differences = differences(ours, theirs);
      Map<String, Double> allowed = new LinkedHashMap<>();
      differences.keySet().forEach(n -> allowed.put(n, TOLERANCE));
      if (differences.values().stream().anyMatch(d -> !(d <= TOLERANCE))) {
        try (Work precise = new Work(file, torch.ScalarType.Double)) {
          Map<String, Tensor> exact = precise.results(attention);
          differences(theirs, exact)
              .forEach((n, missed) -> allowed.put(n, Math.max(TOLERANCE, 2 * missed)));
          differences(ours, exact).forEach((n, d) -> differences.merge(n, d, Math::min));
        }
      }
      return worst(differences, allowed);
    }
  }

  static Comparison worst(Map<String, Double> differences, Map<String, Double> allowed) {
    String worst = "";
    double most = -1;
    for (Map.Entry<String, Double> entry : differences.entrySet()) {
      double share = entry.getValue() / allowed.getOrDefault(entry.getKey(), TOLERANCE);
      // What is not a number is the worst of all.
      if (Double.isNaN(share) || share > most) {
        worst = entry.getKey();
        most = Double.isNaN(share) ? Double.POSITIVE_INFINITY : share;
      }
    }
    return new Comparison(
        differences.size(),
        worst,
        differences.getOrDefault(worst, Double.NaN),
        allowed.getOrDefault(worst, TOLERANCE));
  }

  static Map<String, Double> differences(Map<String, Tensor> mine, Map<String, Tensor> theirs) {
    Map<String, Double> norms = new LinkedHashMap<>();
    theirs.forEach((name, tensor) -> norms.put(name, norm(tensor)));
    double noise = NOISE * norms.values().stream().mapToDouble(n -> n).max().orElse(0);
    Map<String, Double> differences = new LinkedHashMap<>();
    theirs.forEach(
        (name, expected) -> {
          double share = 0;
          if (name.endsWith("." + BIAS)) {
            String sibling = name.substring(0, name.length() - BIAS.length()) + "weight";
            share = BIAS_SHARE * norms.getOrDefault(sibling, 0.0);
          }
          double scale = Math.max(Math.max(norms.get(name), share), Math.max(noise, 1e-30));
          Tensor gap = precise(mine.get(name)).reshape(expected.sizes()).sub(precise(expected));
          differences.put(name, norm(gap) / scale);
        });
    return differences;
  }

  private static Tensor precise(Tensor tensor) {
    return tensor.detach().to(torch.ScalarType.Double);
  }

  private static double norm(Tensor tensor) {
    return precise(tensor).norm().item_double();
  }
}
