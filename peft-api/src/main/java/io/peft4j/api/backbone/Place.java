package io.peft4j.api.backbone;

/**
 * Where in a backbone a value is computed.
 *
 * <p>Places are what a {@link io.peft4j.api.routing.TaskRouter} decides on, so a backbone places
 * every linear layer, norm, residual sum and tap; a value without a place follows its consumer.
 *
 * @param stage index of the stage, from 0
 * @param block index of the block in its stage, or -1 for the patch embedding and the merging
 * @param depth number of blocks of the stage
 * @param role what is computed, see {@link Role}
 */
public record Place(int stage, int block, int depth, String role) {
  /** Checks ranges. */
  public Place {
    if (stage < 0 || depth < 1 || block < -1 || block >= depth || role.isBlank()) {
      throw new IllegalArgumentException(
          "no such place: stage %d, block %d of %d, role '%s'"
              .formatted(stage, block, depth, role));
    }
  }

  /** True in the last block of its stage. */
  public boolean isLastBlock() {
    return block == depth - 1;
  }

  /** True in the merging that follows a stage's last block. */
  public boolean isMerging() {
    return isIn("downsample");
  }

  /** True in the patch embedding. */
  public boolean isPatchEmbedding() {
    return isIn("patch_embed");
  }

  /** True in the spatial reduction of keys and values. */
  public boolean isSpatialReduction() {
    return isIn("spatial_reduction");
  }

  /** True for the roles of a module: those whose first word, up to a dot, is its name. */
  public boolean isIn(String module) {
    return role.equals(module) || role.startsWith(module + ".");
  }
}
