package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Value;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;

/** Elementwise operations and activations. */
final class ReferenceElementwise {
  private final Scratch scratch;

  ReferenceElementwise(Scratch scratch) {
    this.scratch = scratch;
  }

  Kernel fill(Operation.Fill fill, Instruction instruction, Memory memory) {
    INDArray y = flat(instruction.output(), memory);
    return new Calls().call("assign", y, y, Scratch.number(y.dataType(), fill.value()));
  }

  Kernel binary(Operation.Binary binary, Instruction instruction, Memory memory) {
    long[][] shapes = shapes(binary.outer(), binary.middle(), binary.inner());
    INDArray x = memory.array(instruction.input(0).reshape(shapes[0]));
    INDArray y = memory.array(instruction.input(1).reshape(shapes[1]));
    INDArray z = memory.array(instruction.output().reshape(shapes[0]));
    return new Calls().call(name(binary.pair()), z, x, y);
  }

  static String name(Operation.Pair pair) {
    return switch (pair) {
      case ADD -> "add";
      case SUBTRACT -> "subtract";
      case MULTIPLY -> "multiply";
    };
  }

  /**
   * Shapes of both operands. No axis of the first is 1 where the second has more: ND4J takes arrays
   * of one element for scalars, whatever their rank.
   */
  private static long[][] shapes(long outer, long middle, long inner) {
    if (outer == 1 && inner == 1) {
      return new long[][] {{middle}, {middle}};
    }
    if (middle == 1) {
      return new long[][] {{outer * inner}, {1}};
    }
    if (inner == 1) {
      return new long[][] {{outer, middle}, {middle}};
    }
    if (outer == 1) {
      return new long[][] {{middle, inner}, {middle, 1}};
    }
    return new long[][] {{outer, middle, inner}, {1, middle, 1}};
  }

  Kernel gelu(Instruction instruction, Memory memory) {
    INDArray x = flat(instruction.input(0), memory);
    INDArray y = flat(instruction.output(), memory);
    return cumulative(new Calls(), x, y).call("multiply", y, y, x);
  }

  Kernel geluGradient(Instruction instruction, Memory memory) {
    INDArray x = flat(instruction.input(0), memory);
    INDArray g = flat(instruction.input(1), memory);
    INDArray dx = flat(instruction.output(), memory);
    DataType type = x.dataType();
    INDArray density = scratch.array(0, type, x.length());
    Calls calls = cumulative(new Calls(), x, dx);
    return calls
        .call("multiply", density, x, x)
        .call("multiply", density, density, Scratch.number(type, -0.5))
        .call(new Exp(density, density))
        .call("multiply", density, density, Scratch.number(type, 1 / Math.sqrt(2 * Math.PI)))
        .call("multiply", density, density, x)
        .call("add", dx, dx, density)
        .call("multiply", dx, dx, g);
  }

  /** {@code y = Φ(x)}. */
  private static Calls cumulative(Calls calls, INDArray x, INDArray y) {
    DataType type = x.dataType();
    return calls
        .call("multiply", y, x, Scratch.number(type, Math.sqrt(0.5)))
        .call(new Erf(y, y))
        .call("add", y, y, Scratch.number(type, 1))
        .call("multiply", y, y, Scratch.number(type, 0.5));
  }

  Kernel relu(Instruction instruction, Memory memory) {
    INDArray x = flat(instruction.input(0), memory);
    return new Calls().call("relu", new double[] {0}, flat(instruction.output(), memory), x);
  }

  Kernel reluGradient(Instruction instruction, Memory memory) {
    INDArray y = flat(instruction.input(0), memory);
    INDArray g = flat(instruction.input(1), memory);
    return new Calls().call("relu_bp", new double[] {0}, flat(instruction.output(), memory), y, g);
  }

  /** A plain value as one row. */
  private static INDArray flat(Value value, Memory memory) {
    return memory.array(value.reshape(value.layout().elements()));
  }
}
