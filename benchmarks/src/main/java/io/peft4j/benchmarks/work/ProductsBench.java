package io.peft4j.benchmarks.work;

import io.peft4j.benchmarks.product.Product;
import io.peft4j.benchmarks.product.ProductCount;
import io.peft4j.benchmarks.product.ProductRunner;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The matrix products of a training step at the measured rate, and nothing else. */
final class ProductsBench implements Bench {
  private final WorkModel model;
  private final List<Product> products;
  private final ProductRunner runner;

  ProductsBench(WorkModel model) {
    this.model = model;
    TargetGraph target = model.model().peft().target();
    this.products = ProductCount.of(target.graph(), model.inputs(), target.arrays().keySet());
    this.runner = new ProductRunner(products);
  }

  @Override
  public void step() {
    runner.millis();
  }

  /** Not the time of {@link #step}, which measures each shape and not each product. */
  @Override
  public double stepMillis() {
    return runner.millis();
  }

  @Override
  public Map<String, INDArray> results() {
    return Map.of();
  }

  @Override
  public long macs() {
    return products.stream().mapToLong(Product::macs).sum();
  }

  @Override
  public WorkModel model() {
    return model;
  }

  @Override
  public void close() {
    // arrays are ND4J's to release
  }
}
