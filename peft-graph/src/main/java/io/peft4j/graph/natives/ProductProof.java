package io.peft4j.graph.natives;

import com.google.common.annotations.VisibleForTesting;
import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Whether ND4J's matrix products are right: OpenBLAS has had kernels that are wrong on processors
 * newer than they. Factors are small integers, whose products and sums every kernel has exactly, in
 * whatever order it adds.
 */
final class ProductProof {
  /** Sizes beside the blocks of kernels and across them, rows and columns alone. */
  private static final List<Product> PRODUCTS =
      ImmutableList.of(
          new Product(1, 1, 1, false, false),
          new Product(5, 3, 7, false, true),
          new Product(33, 65, 17, true, false),
          new Product(127, 258, 66, false, false),
          new Product(64, 1030, 48, false, true),
          new Product(31, 96, 129, true, true),
          new Product(1, 300, 200, false, false),
          new Product(300, 200, 1, false, false));

  private static final int LARGEST = 8;

  private ProductProof() {}

  /**
   * A product of {@code [rows, inner]} and {@code [inner, columns]}, of transposed factors or not.
   */
  private record Product(
      int rows, int inner, int columns, boolean transposeLeft, boolean transposeRight) {
    String text(DataType type) {
      return "%dx%dx%d in %s".formatted(rows, inner, columns, type);
    }
  }

  /** Something that multiplies. */
  interface Multiplier {
    INDArray product(INDArray left, INDArray right, boolean transposeLeft, boolean transposeRight);
  }

  /**
   * What the BLAS or the operation of graphs gets wrong, the first of each; nothing if all is
   * right.
   */
  static List<String> faults() {
    ImmutableList.Builder<String> faults = ImmutableList.builder();
    fault(Nd4j::gemm).ifPresent(f -> faults.add("the BLAS " + f));
    fault(ProductProof::matmul).ifPresent(f -> faults.add("ND4J's matmul " + f));
    return faults.build();
  }

  private static INDArray matmul(
      INDArray left, INDArray right, boolean transposeLeft, boolean transposeRight) {
    DynamicCustomOp op =
        DynamicCustomOp.builder("matmul")
            .addInputs(left, right)
            .addIntegerArguments(transposeLeft ? 1 : 0, transposeRight ? 1 : 0)
            .build();
    return Nd4j.exec(op)[0];
  }

  @VisibleForTesting
  static Optional<String> fault(Multiplier multiplier) {
    for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
      for (Product product : PRODUCTS) {
        Optional<String> fault = fault(multiplier, product, type);
        if (fault.isPresent()) {
          return fault;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> fault(Multiplier multiplier, Product p, DataType type) {
    SplittableRandom random = new SplittableRandom(p.hashCode());
    double[][] left = values(random, p.rows, p.inner);
    double[][] right = values(random, p.inner, p.columns);
    try (INDArray a = array(left, p.transposeLeft, type);
        INDArray b = array(right, p.transposeRight, type);
        INDArray c = multiplier.product(a, b, p.transposeLeft, p.transposeRight)) {
      for (int i = 0; i < p.rows; i++) {
        for (int j = 0; j < p.columns; j++) {
          double sum = 0;
          for (int k = 0; k < p.inner; k++) {
            sum += left[i][k] * right[k][j];
          }
          double found = c.getDouble(i, j);
          if (found != sum) {
            return Optional.of(
                "multiplies %s wrongly: %s at row %d, column %d, where %s is right"
                    .formatted(p.text(type), found, i, j, sum));
          }
        }
      }
    }
    return Optional.empty();
  }

  private static double[][] values(SplittableRandom random, int rows, int columns) {
    double[][] values = new double[rows][columns];
    for (double[] row : values) {
      for (int j = 0; j < columns; j++) {
        row[j] = random.nextInt(2 * LARGEST + 1) - LARGEST;
      }
    }
    return values;
  }

  private static INDArray array(double[][] values, boolean transposed, DataType type) {
    try (INDArray all = Nd4j.createFromArray(values)) {
      return (transposed ? all.transpose() : all).dup('c').castTo(type);
    }
  }
}
