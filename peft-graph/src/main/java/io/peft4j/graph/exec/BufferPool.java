package io.peft4j.graph.exec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Buffers of one recording: given back after the last reader, taken again by a later operation. */
final class BufferPool {
  private record Size(DataType type, long elements) {}

  private final Map<Size, Deque<DataBuffer>> free = new HashMap<>();
  private final List<DataBuffer> all = new ArrayList<>();

  DataBuffer take(DataType type, long elements) {
    Deque<DataBuffer> fitting = free.get(new Size(type, elements));
    if (fitting != null && !fitting.isEmpty()) {
      return fitting.pop();
    }
    DataBuffer buffer = Nd4j.createBuffer(type, elements, false);
    all.add(buffer);
    return buffer;
  }

  void giveBack(DataBuffer buffer) {
    free.computeIfAbsent(new Size(buffer.dataType(), buffer.length()), s -> new ArrayDeque<>())
        .push(buffer);
  }

  /** Releases everything at once. */
  void close() {
    all.stream().filter(DataBuffer::closeable).forEach(DataBuffer::close);
    all.clear();
    free.clear();
  }
}
