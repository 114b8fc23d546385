package io.peft4j.graph.plan.ir;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A buffer: what instructions write to and read from, through layouts. Compared by identity. */
public final class Root {
  /** Where a buffer's memory comes from. */
  public enum Kind {
    /** The arena; shared with buffers that live at other times. */
    TEMPORARY,
    /** An input of the plan, filled before each run. */
    FEED,
    /** An array of the graph: a parameter or constant, read where it lies. */
    LEAF
  }

  private final int id;
  private final Kind kind;
  private final String name;
  private final DataType type;
  private final long elements;
  private final @Nullable INDArray array;

  Root(int id, Kind kind, String name, DataType type, long elements, @Nullable INDArray array) {
    this.id = id;
    this.kind = kind;
    this.name = name;
    this.type = type;
    this.elements = elements;
    this.array = array;
  }

  /** Number within its program, in order of creation. */
  public int id() {
    return id;
  }

  /** Where its memory comes from. */
  public Kind kind() {
    return kind;
  }

  /** The variable it holds, or what it is for. */
  public String name() {
    return name;
  }

  /** Type of its elements. */
  public DataType type() {
    return type;
  }

  /** Number of elements. */
  public long elements() {
    return elements;
  }

  /**
   * The graph's array.
   *
   * @throws IllegalStateException if this is no leaf
   */
  public INDArray array() {
    if (array == null) {
      throw new IllegalStateException(this + " is no leaf");
    }
    return array;
  }

  @Override
  public String toString() {
    return "%" + id;
  }
}
