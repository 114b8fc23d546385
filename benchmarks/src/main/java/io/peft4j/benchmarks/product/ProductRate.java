package io.peft4j.benchmarks.product;

import io.peft4j.api.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Rate and error of float32 products.
 *
 * @param gflops GFLOP/s of all together, each by the fastest run of the faster way
 * @param each GFLOP/s of each
 * @param error the largest relative error, in norm, of either way against float64
 */
public record ProductRate(double gflops, List<Double> each, double error) {
  private static final Pattern SHAPE = Pattern.compile("(\\d{1,7})x(\\d{1,7})x(\\d{1,7})");
  private static final int RUNS = 12;

  /** Rows that are computed in float64 too. */
  private static final long CHECKED = 64;

  /** Copies the list. */
  public ProductRate {
    each = List.copyOf(each);
  }

  /**
   * Measures linear layers.
   *
   * @param shapes rows, inputs and outputs, such as {@code 784x384x1536}
   * @throws InputException if a shape is none
   */
  public static ProductRate measure(List<String> shapes) {
    List<Product> products = shapes.stream().map(ProductRate::parse).toList();
    List<Double> each = new ArrayList<>();
    double flops = 0;
    double nanos = 0;
    double error = 0;
    for (Product p : products) {
      INDArray a = Nd4j.randn(p.m(), p.k()).castTo(DataType.FLOAT);
      INDArray b = Nd4j.randn(p.n(), p.k()).castTo(DataType.FLOAT);
      INDArray c = Nd4j.create(DataType.FLOAT, p.m(), p.n());
      INDArray exact = exact(a, b);
      long best = Long.MAX_VALUE;
      for (Runnable way : List.of(new BackendProduct(p, a, b, c), new BlasProduct(p, a, b, c))) {
        c.assign(Double.NaN);
        for (int i = 0; i < RUNS; i++) {
          long start = System.nanoTime();
          way.run();
          best = Math.min(best, System.nanoTime() - start);
        }
        error = Math.max(error, error(c, exact));
      }
      double work = 2.0 * p.macs();
      each.add(work / best);
      flops += work;
      nanos += best;
    }
    return new ProductRate(flops / nanos, each, error);
  }

  static Product parse(String shape) {
    Matcher matcher = SHAPE.matcher(shape);
    if (!matcher.matches()) {
      throw new InputException(
          "'%s' is no shape of a product, such as 784x384x1536 (rows, inputs, outputs)"
              .formatted(shape));
    }
    long[] sizes = new long[matcher.groupCount()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Long.parseLong(matcher.group(i + 1));
      if (sizes[i] == 0) {
        throw new InputException("'%s': a product of nothing has no rate".formatted(shape));
      }
    }
    return new Product(1, sizes[0], sizes[1], sizes[2], false, true);
  }

  /** The first rows of a·bᵀ, by plain sums: no library that could be wrong takes part. */
  static INDArray exact(INDArray a, INDArray b) {
    int rows = Math.toIntExact(Math.min(CHECKED, a.size(0)));
    float[] x = rows(a, rows).data().asFloat();
    float[] w = b.dup('c').data().asFloat();
    int k = Math.toIntExact(a.size(1));
    int n = Math.toIntExact(b.size(0));
    double[] sums = new double[rows * n];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int l = 0; l < k; l++) {
          sum += (double) x[i * k + l] * w[j * k + l];
        }
        sums[i * n + j] = sum;
      }
    }
    return Nd4j.createFromArray(sums).reshape('c', rows, n);
  }

  /** Relative error of the first rows, in norm; infinite if one is not a number. */
  static double error(INDArray product, INDArray exact) {
    double[] mine = rows(product, Math.toIntExact(exact.size(0))).data().asDouble();
    double[] right = exact.data().asDouble();
    double gap = 0;
    double norm = 0;
    for (int i = 0; i < right.length; i++) {
      gap += (mine[i] - right[i]) * (mine[i] - right[i]);
      norm += right[i] * right[i];
    }
    double error = Math.sqrt(gap / norm);
    return Double.isNaN(error) ? Double.MAX_VALUE : error;
  }

  private static INDArray rows(INDArray array, int rows) {
    return array.get(NDArrayIndex.interval(0, rows), NDArrayIndex.all()).dup('c');
  }
}
