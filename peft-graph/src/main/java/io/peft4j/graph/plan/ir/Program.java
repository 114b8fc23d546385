package io.peft4j.graph.plan.ir;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Instructions in order, while a plan is being made. */
public final class Program {
  private final List<Instruction> instructions = new ArrayList<>();
  private int roots;

  /** The instructions so far. */
  public List<Instruction> instructions() {
    return Collections.unmodifiableList(instructions);
  }

  /** A new buffer of the arena. */
  public Value temporary(String name, DataType type, long... shape) {
    return Value.whole(root(Root.Kind.TEMPORARY, name, type, Strided.product(shape), null), shape);
  }

  /** A new buffer that is filled from outside. */
  public Value feed(String name, DataType type, long... shape) {
    return Value.whole(root(Root.Kind.FEED, name, type, Strided.product(shape), null), shape);
  }

  /** An array of the graph, as it lies in memory; of a view, which nobody trains, a copy. */
  public Value leaf(String name, INDArray array) {
    INDArray own = array.offset() == 0 && !array.isView() ? array : array.dup('c');
    Root root = root(Root.Kind.LEAF, name, own.dataType(), own.length(), own);
    return new Value(root, Strided.of(0, own.shape(), own.stride()), 1);
  }

  private Root root(
      Root.Kind kind, String name, DataType type, long elements, @Nullable INDArray array) {
    return new Root(roots++, kind, name, type, elements, array);
  }

  /** Adds an instruction. */
  public void add(String name, Operation operation, List<Value> inputs, Value... outputs) {
    instructions.add(new Instruction(operation, inputs, Arrays.asList(outputs), name));
  }

  /** Replaces the instructions, as a pass does. */
  public void replace(List<Instruction> others) {
    instructions.clear();
    instructions.addAll(others);
  }

  /**
   * The array in order and without gaps: itself if it is plain, else the output of a move that is
   * added.
   */
  public Value plain(Value value) {
    if (value.isPlain()) {
      return value;
    }
    Value copy = temporary(value.root().name(), value.type(), value.shape());
    add(value.root().name(), new Operation.Move(false), List.of(value), copy);
    return copy;
  }

  /** The listing that {@code toString} of its instructions gives, numbered. */
  public String dump() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < instructions.size(); i++) {
      text.append("%5d  %s%n".formatted(i, instructions.get(i)));
    }
    return text.toString();
  }
}
