package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Indexed;
import io.peft4j.graph.plan.ir.Reshaped;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.nio.FloatBuffer;

/** The elements of a value in c order, as runs of equal length and step in its buffer. */
final class Runs {
  /** Shorter pieces are copied one by one: a bulk copy costs as much as some ten elements. */
  private static final int BULK = 12;

  private final FloatBuffer buffer;
  private final int[] starts;
  private final int length;
  private final int step;

  private Runs(FloatBuffer buffer, int[] starts, int length, int step) {
    this.buffer = buffer;
    this.starts = starts;
    this.length = length;
    this.step = step;
  }

  static Runs of(Value value, Memory memory) {
    FloatBuffer buffer = Host.root(value, memory);
    if (value.layout() instanceof Strided strided) {
      return of(strided, buffer);
    }
    if (value.layout() instanceof Reshaped reshaped) {
      return of(reshaped.source(), buffer);
    }
    Indexed indexed = (Indexed) value.layout();
    return new Runs(buffer, indexed.starts(), indexed.unit(), 1);
  }

  /** The last axes that make one run, and a start for each place on the others. */
  private static Runs of(Strided layout, FloatBuffer buffer) {
    long[] shape = layout.shape();
    long[] stride = layout.stride();
    int outer = shape.length;
    long length = 1;
    long step = 1;
    while (outer > 0) {
      long size = shape[outer - 1];
      if (size != 1) {
        if (length == 1) {
          step = stride[outer - 1];
        } else if (stride[outer - 1] != step * length) {
          break;
        }
        length *= size;
      }
      outer--;
    }
    int[] starts = {Math.toIntExact(layout.offset())};
    for (int axis = 0; axis < outer; axis++) {
      int size = Math.toIntExact(shape[axis]);
      int[] more = new int[Math.multiplyExact(starts.length, size)];
      for (int i = 0; i < more.length; i++) {
        more[i] = Math.toIntExact(starts[i / size] + i % size * stride[axis]);
      }
      starts = more;
    }
    return new Runs(buffer, starts, Math.toIntExact(length), Math.toIntExact(step));
  }

  /** True if elements are copied one by one. */
  boolean isScattered() {
    return step != 1 || length < BULK;
  }

  /** Copies elements {@code first, first + 1, …}. */
  void read(int first, float[] tile, int count) {
    int run = first / length;
    int within = first % length;
    for (int at = 0; at < count; run++, within = 0) {
      int piece = Math.min(length - within, count - at);
      int start = starts[run] + within * step;
      if (step == 1 && piece >= BULK) {
        buffer.get(start, tile, at, piece);
      } else {
        for (int i = 0; i < piece; i++) {
          tile[at + i] = buffer.get(start + i * step);
        }
      }
      at += piece;
    }
  }

  /** Sets elements {@code first, first + 1, …}. */
  void write(int first, float[] tile, int count) {
    int run = first / length;
    int within = first % length;
    for (int at = 0; at < count; run++, within = 0) {
      int piece = Math.min(length - within, count - at);
      int start = starts[run] + within * step;
      if (step == 1 && piece >= BULK) {
        buffer.put(start, tile, at, piece);
      } else {
        for (int i = 0; i < piece; i++) {
          buffer.put(start + i * step, tile[at + i]);
        }
      }
      at += piece;
    }
  }
}
