package io.peft4j.backbones.safetensors;

import io.peft4j.api.Shape;

/**
 * What the header says of one tensor.
 *
 * @param name key of the tensor
 * @param type type of its elements
 * @param shape its shape; empty for a scalar
 * @param begin first byte, counted from the end of the header
 * @param end byte after the last, counted from the end of the header
 */
public record TensorInfo(String name, TensorType type, Shape shape, long begin, long end) {
  /** Checks that the range is one and has the size that type and shape say. */
  public TensorInfo {
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException(
          "data_offsets [%d, %d] are no range".formatted(begin, end));
    }
    if (end - begin != type.bytes(shape)) {
      throw new IllegalArgumentException(
          "data_offsets [%d, %d] hold %d bytes, but %s%s takes %d"
              .formatted(begin, end, end - begin, type, shape, type.bytes(shape)));
    }
  }

  /** Size of the data in bytes. */
  public long bytes() {
    return end - begin;
  }
}
