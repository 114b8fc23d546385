package io.peft4j.backbones.torch;

import org.jspecify.annotations.Nullable;

/**
 * What {@code torch.save} was given.
 *
 * @param object the object, of containers and {@link TensorView}
 * @param storages where its tensors' elements are
 */
record Saved(@Nullable Object object, Storages storages) {
  /** Bytes of pickles that are read at most; the largest vision checkpoints' have some 10^6. */
  static final long MAX_PICKLE = 1 << 26;
}
