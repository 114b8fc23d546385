package io.peft4j.graph.exec;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Precision;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What placeholders are declared as, held against what is fed: an array with as many numbers in
 * another order would be computed with, and give wrong values without a word.
 *
 * <p>Safe for use by several threads.
 */
public final class Feeds {
  private static final int IMAGE_RANK = 4;

  private Feeds() {}

  /**
   * Refuses arrays that are not what the placeholders of a graph are declared as.
   *
   * @param inputs by name; names that are no placeholder's are passed over
   * @throws InputException naming the placeholder, its shape and the array's
   */
  public static void require(SameDiff graph, Map<String, INDArray> inputs) {
    inputs.forEach(
        (name, array) -> {
          SDVariable v = graph.hasVariable(name) ? graph.getVariable(name) : null;
          if (v != null && v.isPlaceHolder() && v.placeholderShape() != null) {
            require("placeholder '" + name + "'", array, v.dataType(), v.placeholderShape());
          }
        });
  }

  /**
   * Refuses an array of another shape or type; floating-point numbers are taken in any width, and
   * converted where they are read.
   *
   * @param what what it is, for the message
   * @param declared wanted dimensions, -1 where any number of one or more will do
   * @throws InputException showing both shapes
   */
  public static void require(String what, INDArray array, DataType type, long... declared) {
    long[] shape = array.shape();
    if (isTaken(array.dataType(), type) && fits(shape, declared)) {
      return;
    }
    String wanted =
        Arrays.stream(declared)
            .mapToObj(d -> d < 0 ? "n" : Long.toString(d))
            .collect(Collectors.joining(", ", "[", "]"));
    throw new InputException(
        "%s: %s %s is given, but %s %s is wanted%s"
            .formatted(
                what,
                array.dataType(),
                Arrays.toString(shape),
                type,
                wanted,
                hint(shape, declared)));
  }

  /**
   * Refuses graphs that hold numbers of a type that the engine does not compute with.
   *
   * @throws InputException naming a variable of it
   */
  public static void requirePrecision(SameDiff graph) {
    for (SDVariable v : graph.variables()) {
      if (v.dataType().isFPType()) {
        Precision.require("variable '" + v.name() + "'", v.dataType());
      }
    }
  }

  private static boolean isTaken(DataType given, DataType wanted) {
    return given == wanted || given.isFPType() && wanted.isFPType();
  }

  private static boolean fits(long[] shape, long[] declared) {
    if (shape.length != declared.length) {
      return false;
    }
    for (int i = 0; i < shape.length; i++) {
      if (declared[i] < 0 ? shape[i] < 1 : shape[i] != declared[i]) {
        return false;
      }
    }
    return true;
  }

  private static String hint(long[] shape, long[] declared) {
    if (fits(shape, declared)) {
      return "; cast it by castTo";
    }
    if (declared.length == IMAGE_RANK && declared[0] < 0) {
      if (shape.length == IMAGE_RANK && shape[0] == 0) {
        return "; the batch is empty";
      }
      if (isLast(shape, declared)) {
        return "; it looks like NHWC, which permute(0, 3, 1, 2) brings in order";
      }
      if (Arrays.equals(shape, Arrays.copyOfRange(declared, 1, IMAGE_RANK))) {
        return "; one picture is a batch of one: reshape(1, %d, %d, %d)"
            .formatted(shape[0], shape[1], shape[2]);
      }
    }
    return "";
  }

  /** True for pictures of the wanted size whose channels come last. */
  private static boolean isLast(long[] shape, long[] declared) {
    return shape.length == IMAGE_RANK
        && Arrays.equals(
            new long[] {shape[3], shape[1], shape[2]}, Arrays.copyOfRange(declared, 1, IMAGE_RANK));
  }
}
