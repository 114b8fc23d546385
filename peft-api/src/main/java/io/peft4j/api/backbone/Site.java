package io.peft4j.api.backbone;

/**
 * A value of a backbone that a plugin may replace.
 *
 * <p>Safe for use by several threads.
 */
public sealed interface Site permits LinearSite, TapSite, AttentionSite {
  /**
   * Path of the module, such as {@code layers.0.blocks.1.attn.qkv}; prefix of plugin parameters.
   */
  String path();

  /** Where the output is computed. */
  Place place();

  /** Name of the variable that a plugin may replace. */
  String output();

  /** Rows of the output per image. */
  int rows();
}
