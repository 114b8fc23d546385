package io.peft4j.backbones.torch;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.api.Shape;
import io.peft4j.backbones.safetensors.TensorType;

/**
 * A tensor as PyTorch keeps it: a view of a storage, which other tensors may view too.
 *
 * @param storage where its elements are
 * @param offset place of its first element in the storage
 * @param shape sizes
 * @param strides distance in the storage of neighbours along each dimension
 */
record TensorView(StorageRef storage, long offset, Shape shape, ImmutableLongArray strides) {
  /** ND4J's limit. */
  private static final int MAX_RANK = 32;

  /**
   * Checks that the view lies inside its storage and has no more elements than that: a tensor that
   * is broadcast (stride 0) would need memory that its file does not justify.
   */
  TensorView {
    if (shape.rank() != strides.length() || shape.rank() > MAX_RANK) {
      throw new IllegalArgumentException(
          "shape %s does not go with strides %s (at most %d dimensions)"
              .formatted(shape, strides, MAX_RANK));
    }
    if (offset < 0 || strides.stream().anyMatch(s -> s < 0)) {
      throw new IllegalArgumentException(
          "offset %d or strides %s are negative".formatted(offset, strides));
    }
    try {
      long end = shape.size() == 0 ? offset : Math.addExact(offset, span(shape, strides));
      if (end > storage.elements()) {
        throw new IllegalArgumentException(
            "shape %s with strides %s ends at %d, beyond the storage's %d elements"
                .formatted(shape, strides, end, storage.elements()));
      }
      if (shape.size() > storage.elements()) {
        throw new IllegalArgumentException(
            "shape %s repeats the storage's %d elements; save it with .contiguous()"
                .formatted(shape, storage.elements()));
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("shape %s is too large".formatted(shape), e);
    }
  }

  private static long span(Shape shape, ImmutableLongArray strides) {
    long last = 0;
    for (int i = 0; i < shape.rank(); i++) {
      last = Math.addExact(last, Math.multiplyExact(shape.dim(i) - 1, strides.get(i)));
    }
    return last + 1;
  }

  /** Type of the elements. */
  TensorType type() {
    return storage.type();
  }

  /** Elements of the storage from the first that it views to the last. */
  long span() {
    return shape.size() == 0 ? 0 : span(shape, strides);
  }

  /** Byte of the storage at which the span begins. */
  long firstByte() {
    return (storage.offset() + offset) * type().bytes();
  }

  /** Whether the span holds the elements row by row, nothing else. */
  boolean isRowMajor() {
    long expected = 1;
    for (int i = shape.rank() - 1; i >= 0; i--) {
      if (shape.dim(i) != 1 && strides.get(i) != expected) {
        return false;
      }
      expected *= shape.dim(i);
    }
    return true;
  }
}
