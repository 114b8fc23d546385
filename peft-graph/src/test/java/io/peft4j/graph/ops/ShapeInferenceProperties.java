package io.peft4j.graph.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Shapes inferred for random chains of operations are those of running them. */
class ShapeInferenceProperties {
  private static final int LENGTH = 8;

  @Property(tries = 100)
  void inferredShapesAreThoseOfRunning(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int batch) {
    Random random = new Random(seed);
    SameDiff sd = SameDiff.create();
    AuditedOps ops = new AuditedOps(sd);
    SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4, 6);
    ShapeInference free = ShapeInference.of(sd, Map.of());
    for (int i = 0; i < LENGTH; i++) {
      x = step(random, sd, ops, x, free.shape(x.name()));
    }
    INDArray input = Nd4j.ones(DataType.DOUBLE, batch, 4, 6);
    long[] actual = sd.output(Map.of("x", input), x.name()).get(x.name()).shape();
    long[] inferred = ShapeInference.of(sd, Map.of("x", input.shape())).shape(x.name());
    assertArrayEquals(actual, inferred, sd::summary);
    long[] symbolic = free.shape(x.name());
    for (int i = 0; i < actual.length; i++) {
      symbolic[i] = symbolic[i] == Dims.UNKNOWN ? actual[i] : symbolic[i];
    }
    assertArrayEquals(actual, symbolic, sd::summary);
  }

  /** A random operation that fits a value of at least two dimensions, the first of them free. */
  private static SDVariable step(
      Random random, SameDiff sd, AuditedOps ops, SDVariable x, long[] shape) {
    int rank = shape.length;
    int axis = 1 + random.nextInt(rank - 1);
    int size = (int) shape[axis];
    return switch (random.nextInt(10)) {
      case 0 -> ops.slice(x, axis, random.nextInt(size), size);
      case 1 -> ops.concat(axis, x, ops.tanh(x));
      case 2 -> ops.padEnd(x, axis, size, size + 2, rank);
      case 3 -> ops.roll(x, axis, random.nextInt(9) - 4, size);
      case 4 -> rank < 5 ? longer(sd, x, axis, shape) : ops.mean(x, false, axis);
      case 5 -> rank > 2 ? ops.sum(x, false, axis) : x.reshape(-1, 1, size);
      case 6 -> x.add(sd.constant(Nd4j.ones(DataType.DOUBLE, shape[rank - 1])));
      case 7 -> sd.tile(x, repeats(rank, axis));
      case 8 ->
          ops.softmax(ops.matmul(x.reshape(-1, 1, size), x.reshape(-1, 1, size), true, false));
      default -> rank > 2 ? swapLast(x, rank) : x.mul(ops.mean(x, true, 1));
    };
  }

  /** The audit refuses expand_dims of what one element may be left of. */
  private static SDVariable longer(SameDiff sd, SDVariable x, int axis, long[] shape) {
    boolean refused = shape.length == 2 && shape[1] == 1;
    return refused ? x.reshape(-1, 1, 1) : sd.expandDims(x, axis);
  }

  private static int[] repeats(int rank, int axis) {
    int[] repeats = new int[rank];
    Arrays.fill(repeats, 1);
    repeats[axis] = 2;
    return repeats;
  }

  private static SDVariable swapLast(SDVariable x, int rank) {
    int[] order = new int[rank];
    Arrays.setAll(order, i -> i);
    order[rank - 1] = rank - 2;
    order[rank - 2] = rank - 1;
    return x.permute(order);
  }
}
