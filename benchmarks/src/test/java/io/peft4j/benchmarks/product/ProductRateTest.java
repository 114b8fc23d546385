package io.peft4j.benchmarks.product;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A rate is told with the error of the products that it is of. */
class ProductRateTest {
  @Test
  void productsAreRightAndEachHasARate() {
    ProductRate rate = ProductRate.measure(List.of("64x32x48", "100x8x4"));
    assertEquals(2, rate.each().size());
    assertTrue(rate.gflops() > 0);
    assertTrue(rate.error() < 1e-5, () -> "error " + rate.error());
  }

  @Test
  void oneWrongNumberIsAnError() {
    INDArray a = Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}});
    INDArray b = Nd4j.createFromArray(new float[][] {{5, 6}, {7, 8}, {9, 10}});
    INDArray exact = ProductRate.exact(a, b);
    assertEquals(Nd4j.createFromArray(new double[][] {{17, 23, 29}, {39, 53, 67}}), exact);
    INDArray product = exact.dup();
    assertEquals(0, ProductRate.error(product, exact));
    product.putScalar(1, 2, 68);
    assertEquals(1 / exact.norm2Number().doubleValue(), ProductRate.error(product, exact), 1e-12);
    product.putScalar(0, 0, Double.NaN);
    assertEquals(Double.MAX_VALUE, ProductRate.error(product, exact));
  }

  @ParameterizedTest
  @ValueSource(strings = {"12", "1x2", "axbxc", "0x4x4", "4x4x4x4", "12345678x1x1"})
  void whatIsNoShapeIsNamed(String shape) {
    InputException e = assertThrows(InputException.class, () -> ProductRate.parse(shape));
    assertTrue(e.getMessage().contains("'" + shape + "'"), e.getMessage());
  }
}
