package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Whatever an array's layout, its elements are read and written in row-major order. */
class ElementsTest {
  private static INDArray counted(DataType type, long... shape) {
    return Nd4j.arange(Nd4j.prod(Nd4j.createFromArray(shape)).getLong(0))
        .castTo(type)
        .reshape('c', shape);
  }

  /** A convolution's weights of one by one, as {@code [out, in]} with axes put behind. */
  private static INDArray pointwise(DataType type) {
    INDArray matrix = counted(type, 6, 5);
    return Nd4j.create(matrix.data(), new long[] {6, 5, 1, 1}, new long[] {5, 1, 1, 1}, 0, 'c');
  }

  static Stream<INDArray> arrays() {
    return Stream.of(DataType.FLOAT, DataType.DOUBLE)
        .flatMap(
            type ->
                Stream.of(
                    counted(type, 3, 4),
                    counted(type, 3, 4).dup('f'),
                    counted(type, 4, 3).transpose(),
                    counted(type, 5, 6)
                        .get(NDArrayIndex.interval(1, 4), NDArrayIndex.interval(2, 5)),
                    counted(type, 5, 6).get(NDArrayIndex.interval(2, 4), NDArrayIndex.all()),
                    pointwise(type)));
  }

  @ParameterizedTest
  @MethodSource("arrays")
  void rowMajorBothWays(INDArray array) {
    double[] expected = array.dup('c').data().asDouble();
    Elements elements = Elements.of(array);
    assertEquals(expected.length, elements.length());
    double[] found = new double[expected.length];
    elements.get(0, found, found.length);
    assertArrayEquals(expected, found);
    double[] changed = IntStream.range(0, found.length).mapToDouble(i -> -i - 0.5).toArray();
    elements.put(0, changed, changed.length);
    elements.flush();
    assertArrayEquals(changed, array.dup('c').data().asDouble());
  }

  /** A copy in every step of training would be garbage outside of the heap. */
  @Test
  void axesOfOneElementNeedNoCopy() {
    INDArray weights = pointwise(DataType.FLOAT);
    Elements.of(weights).put(7, new float[] {-1}, 1);
    assertEquals(-1, weights.getFloat(1, 2, 0, 0));
  }
}
