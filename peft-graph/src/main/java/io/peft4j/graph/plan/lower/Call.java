package io.peft4j.graph.plan.lower;

import io.peft4j.graph.ops.OpCatalogue;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/** One operation of a graph while it is lowered. */
final class Call {
  private final Program program;
  private final Copies copies;
  private final DifferentialFunction function;
  private final List<Value> inputs;
  private final List<String> names;
  private final List<DataType> types;
  private @Nullable List<long[]> shapes;

  Call(
      Program program,
      Copies copies,
      DifferentialFunction function,
      List<Value> inputs,
      List<String> names,
      List<DataType> types) {
    this.program = program;
    this.copies = copies;
    this.function = function;
    this.inputs = inputs;
    this.names = names;
    this.types = types;
  }

  DifferentialFunction function() {
    return function;
  }

  List<Value> inputs() {
    return inputs;
  }

  Value input(int i) {
    return inputs.get(i);
  }

  long[] integers() {
    return ((DynamicCustomOp) function).iArgs();
  }

  int outputs() {
    return names.size();
  }

  DataType type(int output) {
    return types.get(output);
  }

  /** Shape of an output. */
  long[] shape(int output) {
    if (shapes == null) {
      List<long[]> known = inputs.stream().map(Value::shape).toList();
      List<@Nullable INDArray> constants = new ArrayList<>();
      inputs.forEach(v -> constants.add(isLeaf(v) ? array(v) : null));
      shapes =
          OpCatalogue.outputShapes(function, known, constants, outputs())
              .orElseGet(() -> ExternalShapes.of(function, inputs));
    }
    return shapes.get(output);
  }

  /** True if it is an array of the graph, whole and unscaled, though perhaps in another shape. */
  static boolean isLeaf(Value value) {
    return value.root().kind() == Root.Kind.LEAF
        && value.scale() == 1
        && value.layout() instanceof Strided s
        && s.offset() == 0
        && (Arrays.equals(s.shape(), value.root().array().shape())
                && Arrays.equals(s.stride(), value.root().array().stride())
            || value.isWhole());
  }

  /** The array of a leaf, in the shape of the value. */
  static INDArray array(Value leaf) {
    INDArray array = leaf.root().array();
    return Arrays.equals(array.shape(), leaf.shape()) ? array : array.reshape('c', leaf.shape());
  }

  /** A new buffer for an output. */
  Value fresh(int output) {
    return program.temporary(names.get(output), types.get(output), shape(output));
  }

  /** A value in order and without gaps, after a move if it needs one. */
  Value plain(Value value) {
    return copies.plain(value);
  }

  void add(Operation operation, List<Value> read, Value... written) {
    program.add(names.get(0), operation, read, written);
  }

  /** One new buffer, written by one instruction. */
  List<Value> compute(Operation operation, Value... read) {
    Value result = fresh(0);
    add(operation, List.of(read), result);
    return List.of(result);
  }
}
