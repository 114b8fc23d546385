package io.peft4j.graph.plan.kernel;

import com.google.common.math.LongMath;
import io.peft4j.graph.plan.ir.Indexed;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Layout;
import io.peft4j.graph.plan.ir.Reshaped;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Moves of arrays between any two layouts. */
final class ReferenceMoves {
  private final Scratch scratch;

  ReferenceMoves(Scratch scratch) {
    this.scratch = scratch;
  }

  Kernel move(boolean accumulates, Instruction instruction, Memory memory) {
    Value x = byStrides(instruction.input(0));
    Value y = byStrides(instruction.output());
    if (x.layout().elements() != y.layout().elements()) {
      throw new IllegalArgumentException("elements differ: " + instruction);
    }
    Calls calls = new Calls();
    Value to = target(y);
    if (!(to.layout() instanceof Strided)) {
      Blocks blocks = new Blocks(to.layout());
      INDArray source = dense(calls, x, memory, blocks.shape());
      INDArray buffer = blocks.of(memory.flat(y.root()));
      if (accumulates) {
        // Locked: targets may be there twice.
        boolean[] locked = {true, false};
        calls.call("scatter_add", locked, buffer, buffer, blocks.places, source);
      } else {
        calls.call("scatter_upd", buffer, buffer, blocks.places, source);
      }
      return calls;
    }
    INDArray target;
    INDArray source;
    if (x.scale() == 1 && x.layout().reshape(to.shape()) instanceof Strided from) {
      source = memory.array(x.with(from));
      target = memory.array(to);
    } else if (x.scale() == 1
        && squeezed(x).layout() instanceof Strided from
        && to.layout().reshape(from.shape()) instanceof Strided same) {
      source = memory.array(x.with(from));
      target = memory.array(to.with(same));
    } else {
      source = dense(calls, x, memory, to.shape());
      target = memory.array(to);
    }
    return calls.call(accumulates ? "add" : "assign", target, target, source);
  }

  /** The same elements in the same order: a move asks for nothing else. */
  private static Value byStrides(Value value) {
    return value.layout() instanceof Reshaped r ? value.with(r.source()) : value;
  }

  /** Strided only where no element is there twice, as ND4J would not add those up. */
  private static Value target(Value y) {
    return y.layout() instanceof Strided s && Overlap.in(s) ? y.with(s.indexed()) : squeezed(y);
  }

  /** Without axes of length 1. */
  private static Value squeezed(Value value) {
    long[] axes = Arrays.stream(value.shape()).filter(size -> size != 1).toArray();
    return value.reshape(axes.length == 0 ? new long[] {1} : axes);
  }

  /** The array in order, without gaps and with its scale applied, in another shape. */
  private INDArray dense(Calls calls, Value x, Memory memory, long... shape) {
    if (x.isPlain()) {
      return memory.array(x.reshape(shape));
    }
    INDArray copy = scratch.array(0, x.type(), shape);
    Value from = squeezed(x);
    if (from.layout() instanceof Strided) {
      INDArray same = scratch.array(0, x.type(), from.shape());
      calls.call("assign", same, same, memory.array(from.unscaled()));
    } else {
      Blocks blocks = new Blocks(from.layout());
      INDArray gathered = scratch.array(0, x.type(), blocks.shape());
      calls.call(
          "gather", new long[] {0}, gathered, blocks.of(memory.flat(x.root())), blocks.places);
    }
    if (x.scale() != 1) {
      calls.call("multiply", copy, copy, Scratch.number(x.type(), x.scale()));
    }
    return copy;
  }

  /** A buffer as blocks, of which a layout takes some. */
  private static final class Blocks {
    private final int unit;
    private final INDArray places;

    Blocks(Layout layout) {
      Indexed runs = layout.indexed();
      long aligned = runs.unit();
      for (int start : runs.starts()) {
        aligned = LongMath.gcd(aligned, start);
      }
      unit = Math.toIntExact(aligned);
      int[] starts = runs.cut(unit).starts();
      places = Nd4j.createFromArray(Arrays.stream(starts).map(s -> s / unit).toArray());
    }

    /** Shape of the blocks taken. */
    long[] shape() {
      return shape(places.length());
    }

    private long[] shape(long blocks) {
      return unit == 1 ? new long[] {blocks} : new long[] {blocks, unit};
    }

    /** What is left over at the end is no block that could be taken. */
    INDArray of(INDArray flat) {
      long[] shape = shape(flat.length() / unit);
      return Nd4j.create(flat.data(), shape, Nd4j.getStrides(shape, 'c'), flat.offset(), 'c');
    }
  }
}
