package io.peft4j.backbones.swin;

/** What happens to a token grid that windows or merging do not divide. */
public enum Padding {
  /**
   * Such an image size is refused, as the original code does; a window larger than the grid shrinks
   * to it.
   */
  REFUSE,
  /**
   * Zeros after the end, as torchvision does: grids are padded after the norm to a multiple of the
   * window (padded tokens take part in attention), odd grids before merging, and windows never
   * shrink. Trailing pixels that do not fill a patch are left out, as its convolution does.
   */
  PAD
}
