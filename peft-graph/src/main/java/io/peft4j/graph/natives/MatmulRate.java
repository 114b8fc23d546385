package io.peft4j.graph.natives;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** How fast ND4J multiplies matrices in single precision. */
final class MatmulRate {
  /** A square one, a linear layer of Swin-T's first stage on four images, and its attention. */
  private static final List<Product> PRODUCTS =
      ImmutableList.of(
          new Product(1, 512, 512, 512),
          new Product(1, 12544, 96, 288),
          new Product(768, 49, 32, 49));

  private static final int WARM_UP = 3;
  private static final int LEAST_RUNS = 5;
  private static final Duration ENOUGH = Duration.ofMillis(250);

  private MatmulRate() {}

  /** {@code batch} products of {@code [rows, inner]} and {@code [inner, columns]}. */
  private record Product(int batch, int rows, int inner, int columns) {
    String name() {
      return (batch == 1 ? "" : batch + " x ") + rows + "x" + inner + "x" + columns;
    }

    double operations() {
      return 2.0 * batch * rows * inner * columns;
    }

    INDArray array(int height, int width) {
      long[] shape = batch == 1 ? new long[] {height, width} : new long[] {batch, height, width};
      return Nd4j.ones(DataType.FLOAT, shape);
    }
  }

  /** The best of several runs of each product, by its name, in GFLOP/s. */
  static Map<String, Double> measure() {
    Map<String, Double> rates = new LinkedHashMap<>();
    for (Product product : PRODUCTS) {
      rates.put(product.name(), measure(product));
    }
    return rates;
  }

  private static double measure(Product product) {
    try (INDArray a = product.array(product.rows(), product.inner());
        INDArray b = product.array(product.inner(), product.columns());
        INDArray c = product.array(product.rows(), product.columns())) {
      CustomOp op = DynamicCustomOp.builder("matmul").addInputs(a, b).addOutputs(c).build();
      for (int i = 0; i < WARM_UP; i++) {
        nanos(op);
      }
      long best = Long.MAX_VALUE;
      Stopwatch all = Stopwatch.createStarted();
      for (int i = 0; i < LEAST_RUNS || all.elapsed().compareTo(ENOUGH) < 0; i++) {
        best = Math.min(best, nanos(op));
      }
      return product.operations() / best;
    }
  }

  private static long nanos(CustomOp op) {
    long start = System.nanoTime();
    Nd4j.exec(op);
    // A device computes on its own until it is waited for.
    Nd4j.getExecutioner().commit();
    return Math.max(1, System.nanoTime() - start);
  }
}
