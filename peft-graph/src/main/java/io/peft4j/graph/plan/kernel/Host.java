package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Value;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** FLOAT arrays of the CPU back end as memory that Java reads. */
final class Host {
  /** A direct buffer has at most 2³¹ - 1 bytes. */
  private static final long MOST = Integer.MAX_VALUE / Float.BYTES;

  private Host() {}

  /** True if ND4J computes on the CPU, in memory that Java reaches too. */
  static boolean isBackend() {
    return Nd4j.getBackend().getClass().getSimpleName().equals("CpuBackend");
  }

  /** True if all buffers of an instruction are of FLOAT and within reach. */
  static boolean reaches(Instruction instruction) {
    return Stream.concat(instruction.inputs().stream(), instruction.outputs().stream())
        .allMatch(v -> v.type() == DataType.FLOAT && v.root().elements() <= MOST);
  }

  /** The elements of a plain value. */
  static FloatBuffer plain(Value value, Memory memory) {
    return of(memory.array(value.reshape(value.layout().elements())));
  }

  /** The elements of a plain value as integers. */
  static IntBuffer bits(Value value, Memory memory) {
    FloatPointer start = pointer(memory.array(value.reshape(value.layout().elements())));
    return new IntPointer(start).asBuffer();
  }

  /** The whole buffer of a value. */
  static FloatBuffer root(Value value, Memory memory) {
    return of(memory.flat(value.root()));
  }

  private static FloatBuffer of(INDArray row) {
    return pointer(row).asBuffer();
  }

  /**
   * Where an array starts. Keeps nothing alive: arrays must outlive it, as a plan's memory does its
   * kernels.
   */
  static FloatPointer pointer(INDArray array) {
    // The address of a view's data is that of the buffer it looks into.
    long start = array.data().address() + array.offset() * Float.BYTES;
    return new FloatPointer(new Address(start, array.length()));
  }

  /** A pointer made from a number; its limits are in elements of what it is taken for. */
  private static final class Address extends Pointer {
    Address(long at, long elements) {
      super((Pointer) null);
      address = at;
      limit = elements;
      capacity = elements;
    }
  }
}
