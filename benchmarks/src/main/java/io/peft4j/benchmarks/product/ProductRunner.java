package io.peft4j.benchmarks.product;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Runs products, each the fastest way of those known, on arrays that products of one shape share.
 */
public final class ProductRunner {
  private static final int TRIALS = 5;

  private final List<Runnable> order;

  /** Prepares the products and tries every way of each distinct one. */
  public ProductRunner(List<Product> products) {
    Map<Product, Runnable> fastest = new HashMap<>();
    products.forEach(p -> fastest.computeIfAbsent(p, ProductRunner::fastest));
    this.order = products.stream().map(fastest::get).toList();
  }

  /** Computes every product once. */
  public void run() {
    order.forEach(Runnable::run);
  }

  private static Runnable fastest(Product p) {
    INDArray a = random(p.batch(), p.shapeA());
    INDArray b = random(p.batch(), p.shapeB());
    INDArray c = random(p.batch(), p.m(), p.n());
    Runnable backend = new BackendProduct(p, a, b, c);
    Runnable blas = new BlasProduct(p, a, b, c);
    return nanos(blas) < nanos(backend) ? blas : backend;
  }

  private static long nanos(Runnable way) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < TRIALS; i++) {
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
