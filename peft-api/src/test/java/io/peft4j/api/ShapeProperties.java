package io.peft4j.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** Laws of shapes. */
class ShapeProperties {
  @Property(tries = 100)
  void sizeIsTheProductAndAxesCountFromBothEnds(
      @ForAll @Size(max = 5) List<@LongRange(min = 0, max = 50) Long> dims) {
    long[] array = dims.stream().mapToLong(d -> d).toArray();
    Shape shape = Shape.of(array);
    assertEquals(dims.stream().reduce(1L, (a, b) -> a * b), shape.size());
    assertEquals(array.length, shape.rank());
    for (int axis = 0; axis < array.length; axis++) {
      assertEquals(array[axis], shape.dim(axis));
      assertEquals(array[axis], shape.dim(axis - array.length));
    }
  }

  @Property(tries = 50)
  void aShapeOwnsItsDimensions(@ForAll @IntRange(min = 1, max = 9) int dim) {
    long[] dims = {dim, 2};
    Shape shape = Shape.of(dims);
    dims[0] = 99;
    shape.toArray()[1] = 99;
    assertArrayEquals(new long[] {dim, 2}, shape.toArray());
    assertEquals(Shape.of(dim, 2), shape);
  }

  @Example
  void impossibleShapesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -1));
    Shape huge = Shape.of(Long.MAX_VALUE, 2);
    assertThrows(ArithmeticException.class, huge::size);
    assertEquals(1, Shape.of().size());
  }
}
