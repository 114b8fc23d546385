package io.peft4j.benchmarks.product;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The time that products take at the measured rate: of each shape the faster of the known ways,
 * with its arrays as near as they come, times the number of products of that shape.
 */
public final class ProductRunner {
  private static final double NANOS_PER_MILLI = 1e6;

  /** Runs from which the faster way is chosen. */
  private static final int TRIALS = 10;

  /** Runs of which the fastest is the rate: the first fetches the arrays. */
  private static final int RUNS = 3;

  private final ImmutableList<Shape> shapes;

  /**
   * Products of one shape.
   *
   * @param way the fastest that is known
   * @param count how many there are
   */
  private record Shape(Runnable way, int count) {}

  /** Prepares the products and chooses a way for each shape. */
  public ProductRunner(List<Product> products) {
    Map<Product, Integer> counts = new LinkedHashMap<>();
    products.forEach(p -> counts.merge(p, 1, Integer::sum));
    List<Shape> all = new ArrayList<>();
    counts.forEach((product, count) -> all.add(new Shape(fastest(product), count)));
    this.shapes = ImmutableList.copyOf(all);
  }

  /** Measures all shapes once more. */
  public double millis() {
    return shapes.stream().mapToDouble(s -> s.count() * nanos(s.way(), RUNS)).sum()
        / NANOS_PER_MILLI;
  }

  private static Runnable fastest(Product p) {
    INDArray a = random(p.batch(), p.shapeA());
    INDArray b = random(p.batch(), p.shapeB());
    INDArray c = random(p.batch(), p.m(), p.n());
    Runnable backend = new BackendProduct(p, a, b, c);
    Runnable blas = new BlasProduct(p, a, b, c);
    return nanos(blas, TRIALS) < nanos(backend, TRIALS) ? blas : backend;
  }

  private static long nanos(Runnable way, int runs) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < runs; i++) {
      long start = System.nanoTime();
      way.run();
      best = Math.min(best, System.nanoTime() - start);
    }
    return best;
  }

  private static INDArray random(long batch, long... shape) {
    return batch == 1 ? Nd4j.rand(shape) : Nd4j.rand(new long[] {batch, shape[0], shape[1]});
  }
}
