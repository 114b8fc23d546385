package io.peft4j.api.backbone;

import io.peft4j.api.Shape;

/**
 * A frozen parameter of a backbone.
 *
 * @param path its name in the graph and in public checkpoints, such as {@code
 *     layers.0.blocks.1.attn.qkv.weight}
 * @param place where it is used
 * @param kind what it is
 * @param shape its shape; weights of linear layers are {@code [out, in]}
 */
public record Param(String path, Place place, Kind kind, Shape shape) {
  /**
   * What a parameter is, for methods that train by kind (BitFit, norm tuning), for weight decay and
   * for reports. It is told where the parameter is made, and never read from a name.
   */
  public enum Kind {
    /** Weight of a linear or convolution layer. */
    WEIGHT,
    /** Bias of a linear or convolution layer. */
    BIAS,
    /** Gain of a norm. */
    NORM_WEIGHT,
    /** Offset of a norm. */
    NORM_BIAS,
    /** Relative-position-bias table or position embedding. */
    POSITION_BIAS,
    /** Factor of a low-rank product that stands for a weight or its change. */
    LOW_RANK,
    /** Numbers by element, or one for all: layer scales, shifts, gates. */
    SCALE;

    /** What a method adds if it says no more: a weight from two dimensions on, else a scale. */
    public static Kind ofAdded(long... shape) {
      return shape.length > 1 ? WEIGHT : SCALE;
    }
  }
}
