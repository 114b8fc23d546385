package io.peft4j.benchmarks.product;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Products of both passes are counted, those of frozen factors left out, and run. */
class ProductTest {
  @Test
  void backwardProductsHaveTheShapesOfTheFactors() {
    for (boolean tA : new boolean[] {false, true}) {
      for (boolean tB : new boolean[] {false, true}) {
        Product p = new Product(1, 5, 3, 7, tA, tB);
        List<Product> back = p.backward(true, true);
        assertEquals(
            List.of(p.shapeA()[0], p.shapeA()[1]), List.of(back.get(0).m(), back.get(0).n()));
        assertEquals(
            List.of(p.shapeB()[0], p.shapeB()[1]), List.of(back.get(1).m(), back.get(1).n()));
        back.forEach(q -> assertEquals(p.macs(), q.macs()));
      }
    }
  }

  @Test
  void lowRankBranchNeedsFourProductsBackwardAndNoneForTheFrozenInput() {
    SameDiff sd = SameDiff.create();
    SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 6);
    SDVariable w = sd.constant("w", Nd4j.rand(4, 6));
    SDVariable a = sd.var("a", Nd4j.rand(2, 6));
    SDVariable b = sd.var("b", Nd4j.rand(4, 2));
    SDVariable frozen = sd.mmul(x, w, false, true, false);
    SDVariable branch = sd.mmul(sd.mmul(x, a, false, true, false), b, false, true, false);
    frozen.add("y", branch).sum().rename("loss");
    List<Product> products = ProductCount.of(sd, Map.of("x", Nd4j.rand(3, 6)), List.of("a", "b"));
    // forward W, A, B; backward of B: its input and itself; of A: itself alone
    assertEquals(6, products.size());
    assertEquals(3 * (6 * 4 + 6 * 2 + 2 * 4) + 2 * 3 * 2 * 4 + 3 * 6 * 2, macs(products));
  }

  @Test
  void bothWaysComputeTheProduct() {
    for (boolean tA : new boolean[] {false, true}) {
      for (boolean tB : new boolean[] {false, true}) {
        Product p = new Product(2, 3, 4, 5, tA, tB);
        INDArray a = Nd4j.rand(DataType.FLOAT, 2, p.shapeA()[0], p.shapeA()[1]);
        INDArray b = Nd4j.rand(DataType.FLOAT, 2, p.shapeB()[0], p.shapeB()[1]);
        INDArray blas = Nd4j.create(DataType.FLOAT, 2, 3, 5);
        INDArray backend = Nd4j.create(DataType.FLOAT, 2, 3, 5);
        new BlasProduct(p, a, b, blas).run();
        new BackendProduct(p, a, b, backend).run();
        for (int i = 0; i < 2; i++) {
          INDArray left = tA ? a.slice(i).transpose() : a.slice(i);
          INDArray right = tB ? b.slice(i).transpose() : b.slice(i);
          assertEquals(0, left.mmul(right).distance2(blas.slice(i)), 1e-5);
          assertEquals(0, left.mmul(right).distance2(backend.slice(i)), 1e-5);
        }
      }
    }
  }

  private static long macs(List<Product> products) {
    return products.stream().mapToLong(Product::macs).sum();
  }
}
