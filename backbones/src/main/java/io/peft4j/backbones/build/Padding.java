package io.peft4j.backbones.build;

/** What happens to a token grid that windows, merging or spatial reduction do not divide. */
public enum Padding {
  /**
   * Such an image size is refused, as the original Swin code does; a Swin window larger than the
   * grid shrinks to it.
   */
  REFUSE,
  /**
   * Zeros after the end. Swin as in torchvision: grids are padded after the norm to a multiple of
   * the window (padded tokens take part in attention), odd grids before merging, and windows never
   * shrink. PVT: odd grids before the next patch embedding, and grids before spatial reduction.
   * Trailing pixels that do not fill a patch are left out, as a convolution does.
   */
  PAD
}
