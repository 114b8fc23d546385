package io.peft4j.benchmarks.libtorch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Rate and error of products of rows {@code [m, k]} and weights {@code [n, k]}, as linear layers.
 */
final class Products {
  private static final int RUNS = 12;
  private static final long SEED = 7;

  /** Rows that are computed in float64 too. */
  private static final long CHECKED = 64;

  private Products() {}

  /**
   * Measures products, each by its fastest run.
   *
   * @param shapes such as {@code 784x384x1536}: m, k, n
   * @return GFLOP/s of all together and of each, and the largest relative error in norm
   */
  @SuppressWarnings("try") // a scope or mode is in force, not used
  static Map<String, Object> measure(List<String> shapes) {
    torch.manual_seed(SEED);
    double flops = 0;
    double nanos = 0;
    double error = 0;
    List<Double> each = new ArrayList<>();
    for (String shape : shapes) {
      long[] sizes = Arrays.stream(shape.split("x")).mapToLong(Long::parseLong).toArray();
      try (PointerScope scope = new PointerScope();
          NoGradGuard guard = new NoGradGuard()) {
        Tensor x = torch.randn(sizes[0], sizes[1]);
        Tensor w = torch.randn(sizes[2], sizes[1]);
        long best = Long.MAX_VALUE;
        for (int i = 0; i < RUNS; i++) {
          long start = System.nanoTime();
          torch.linear(x, w).close();
          best = Math.min(best, System.nanoTime() - start);
        }
        double work = 2.0 * sizes[0] * sizes[1] * sizes[2];
        each.add(work / best);
        flops += work;
        nanos += best;
        error = Math.max(error, error(x, w));
      }
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("gflops", flops / nanos);
    line.put("each", each);
    line.put("error", error);
    return line;
  }

  private static double error(Tensor x, Tensor w) {
    long rows = Math.min(CHECKED, x.size(0));
    Tensor product = torch.linear(x, w).narrow(0, 0, rows).to(torch.ScalarType.Double);
    Tensor exact =
        torch.linear(
            x.narrow(0, 0, rows).to(torch.ScalarType.Double), w.to(torch.ScalarType.Double));
    return product.sub(exact).norm().item_double() / exact.norm().item_double();
  }
}
