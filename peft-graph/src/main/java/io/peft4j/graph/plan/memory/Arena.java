package io.peft4j.graph.plan.memory;

import io.peft4j.graph.natives.NativeHeap;
import java.util.EnumMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** The memory that the plans of one executor share, since they never run at the same time. */
public final class Arena implements AutoCloseable {
  /** Bytes that are worth a full collection before they are asked for. */
  private static final long MUCH = 64L << 20;

  private final Map<DataType, DataBuffer> buffers = new EnumMap<>(DataType.class);
  private int version;

  /**
   * Makes room.
   *
   * @return changes whenever buffers have moved, so that arrays over them must be made anew
   */
  public int require(Map<DataType, Long> sizes) {
    if (growth(sizes) >= MUCH) {
      // What built the graph has left arrays behind, on the heap and off it, that no young
      // collection frees.
      System.gc();
      NativeHeap.trim();
    }
    sizes.forEach(
        (type, size) -> {
          DataBuffer have = buffers.get(type);
          if (have == null || have.length() < size) {
            if (have != null) {
              have.close();
            }
            buffers.put(type, Nd4j.createBuffer(type, size, false));
            version++;
          }
        });
    return version;
  }

  /** Bytes of buffers that are missing or too short. */
  private long growth(Map<DataType, Long> sizes) {
    return sizes.entrySet().stream()
        .filter(
            e ->
                !buffers.containsKey(e.getKey()) || buffers.get(e.getKey()).length() < e.getValue())
        .mapToLong(e -> e.getValue() * e.getKey().width())
        .sum();
  }

  /** The buffer of a type. */
  public DataBuffer buffer(DataType type) {
    return buffers.get(type);
  }

  /** Bytes held. */
  public long bytes() {
    return buffers.values().stream().mapToLong(b -> b.length() * b.getElementSize()).sum();
  }

  @Override
  public void close() {
    buffers.values().forEach(DataBuffer::close);
    buffers.clear();
    version++;
  }
}
