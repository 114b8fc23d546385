package io.peft4j.backbones.torch;

import io.peft4j.backbones.safetensors.TensorType;

/**
 * A run of elements in a container.
 *
 * @param key the container's name for the storage
 * @param type type of the elements
 * @param whole elements of the storage
 * @param offset first element of the run
 * @param elements elements of the run
 */
record StorageRef(String key, TensorType type, long whole, long offset, long elements) {
  /** Checks that the run lies inside the storage. */
  StorageRef {
    if (whole < 0
        || whole > Long.MAX_VALUE / type.bytes()
        || offset < 0
        || elements < 0
        || offset > whole - elements) {
      throw new IllegalArgumentException(
          "storage '%s' of %d elements: no room for %d from %d"
              .formatted(PythonName.printable(key), whole, elements, offset));
    }
  }

  /** A whole storage. */
  static StorageRef whole(String key, TensorType type, long elements) {
    return new StorageRef(key, type, elements, 0, elements);
  }

  /** Bytes of the whole storage. */
  long wholeBytes() {
    return whole * type.bytes();
  }
}
