package io.peft4j.benchmarks.product;

import io.peft4j.graph.ops.ShapeInference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * The matrix products that a training step cannot do without: those of the forward pass, and of the
 * backward pass those that lead to a trainable. A frozen factor needs none.
 */
public final class ProductCount {
  private static final String MATMUL = "matmul";

  private ProductCount() {}

  /**
   * Products of a step, in the order of the forward pass, then of the backward pass.
   *
   * @param inputs every placeholder, by name
   * @param trainables names of the variables that are trained
   */
  public static List<Product> of(
      SameDiff graph, Map<String, INDArray> inputs, Collection<String> trainables) {
    Map<String, long[]> leaves = new HashMap<>();
    inputs.forEach((name, array) -> leaves.put(name, array.shape()));
    ShapeInference shapes = ShapeInference.of(graph, leaves);
    Set<String> needed = new HashSet<>(trainables);
    List<Product> forward = new ArrayList<>();
    List<Product> backward = new ArrayList<>();
    // Operations are listed in the order in which they were emitted: inputs come before their use.
    for (DifferentialFunction op : graph.ops()) {
      if (Arrays.stream(op.args()).anyMatch(a -> needed.contains(a.name()))) {
        Arrays.stream(op.outputVariables()).forEach(v -> needed.add(v.name()));
      }
      if (op.opName().equals(MATMUL)) {
        Product product = product((DynamicCustomOp) op, shapes);
        forward.add(product);
        SDVariable[] args = op.args();
        backward.addAll(
            product.backward(needed.contains(args[0].name()), needed.contains(args[1].name())));
      }
    }
    List<Product> all = new ArrayList<>(forward);
    for (int i = backward.size() - 1; i >= 0; i--) {
      all.add(backward.get(i));
    }
    return all;
  }

  private static Product product(DynamicCustomOp op, ShapeInference shapes) {
    String output = op.outputVariables()[0].name();
    long[] shape = shapes.shape(output);
    long m = shape[shape.length - 2];
    long n = shape[shape.length - 1];
    long batch = Arrays.stream(shape).limit(shape.length - 2).reduce(1, Math::multiplyExact);
    long k = shapes.macs(output) / (batch * m * n);
    long[] flags = op.iArgs();
    return new Product(batch, m, k, n, flag(flags, 0), flag(flags, 1));
  }

  private static boolean flag(long[] flags, int index) {
    return flags.length > index && flags[index] != 0;
  }
}
