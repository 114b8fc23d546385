package io.peft4j.harness.train;

import java.lang.ref.Reference;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The elements of a FLOAT or DOUBLE array in row-major order, moved in chunks of doubles.
 *
 * <p>Optimizers run over them with plain loops: one pass over memory instead of one per array
 * operation, the same order of additions everywhere, and arithmetic in double.
 */
final class Elements {
  /** Elements per chunk: some chunks of doubles fit the innermost cache. */
  static final int CHUNK = 1024;

  private final INDArray array;
  private final INDArray rows;
  private final Pointer memory;

  /** Made when FLOAT is first converted. */
  private float @Nullable [] singles;

  private Elements(INDArray array) {
    this.array = array;
    this.rows = isPlain(array) ? array : array.dup('c');
    boolean single = array.dataType() == DataType.FLOAT;
    if (!single && array.dataType() != DataType.DOUBLE) {
      throw new IllegalArgumentException(array.dataType() + " is neither FLOAT nor DOUBLE");
    }
    Nd4j.getAffinityManager().ensureLocation(rows, Location.HOST);
    // Of a view, where the view starts.
    Pointer address = rows.data().addressPointer();
    this.memory = single ? new FloatPointer(address) : new DoublePointer(address);
  }

  /** The elements of {@code array}; changes to the array made elsewhere meanwhile may be missed. */
  static Elements of(INDArray array) {
    return new Elements(array);
  }

  long length() {
    return rows.length();
  }

  /** Number of elements of the chunk that begins at {@code at}. */
  int chunk(long at) {
    return (int) Math.min(CHUNK, length() - at);
  }

  /** Copies {@code count} elements from {@code at} on. */
  void get(long at, double[] into, int count) {
    if (memory instanceof FloatPointer floats) {
      float[] chunk = singles();
      floats.position(at).get(chunk, 0, count);
      for (int i = 0; i < count; i++) {
        into[i] = chunk[i];
      }
    } else {
      ((DoublePointer) memory).position(at).get(into, 0, count);
    }
    // The pointer does not keep the array's memory.
    Reference.reachabilityFence(rows);
  }

  /** True if the elements are of FLOAT, and can be moved as they are. */
  boolean areSingle() {
    return memory instanceof FloatPointer;
  }

  /** As {@link #get(long, double[], int)}, of FLOAT. */
  void get(long at, float[] into, int count) {
    ((FloatPointer) memory).position(at).get(into, 0, count);
    Reference.reachabilityFence(rows);
  }

  /** As {@link #put(long, double[], int)}, of FLOAT. */
  void put(long at, float[] from, int count) {
    ((FloatPointer) memory).position(at).put(from, 0, count);
    Reference.reachabilityFence(rows);
  }

  /** Overwrites {@code count} elements from {@code at} on, rounding to the array's type. */
  void put(long at, double[] from, int count) {
    if (memory instanceof FloatPointer floats) {
      float[] chunk = singles();
      for (int i = 0; i < count; i++) {
        chunk[i] = (float) from[i];
      }
      floats.position(at).put(chunk, 0, count);
    } else {
      ((DoublePointer) memory).position(at).put(from, 0, count);
    }
    Reference.reachabilityFence(rows);
  }

  /** Makes what was put visible in the array; needed once, after the last chunk. */
  void flush() {
    Nd4j.getAffinityManager().tagLocation(rows, Location.HOST);
    if (rows != array) {
      array.assign(rows);
    }
  }

  private float[] singles() {
    if (singles == null) {
      singles = new float[CHUNK];
    }
    return singles;
  }

  /** In row-major order without gaps; along an axis of one element nobody steps. */
  private static boolean isPlain(INDArray array) {
    long expected = 1;
    for (int axis = array.rank() - 1; axis >= 0; axis--) {
      if (array.size(axis) != 1 && array.stride(axis) != expected) {
        return false;
      }
      expected *= array.size(axis);
    }
    return true;
  }
}
