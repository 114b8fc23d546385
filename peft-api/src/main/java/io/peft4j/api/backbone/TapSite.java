package io.peft4j.api.backbone;

/**
 * An activation {@code [batch·rows, width]} at which a method may insert a module (adapters, ReFT).
 *
 * @param path module path, such as {@code layers.0.blocks.1.attn.out}
 * @param place where it stands; roles {@code attn.out}, {@code mlp.out} (before the residual sum),
 *     {@code residual}, {@code block.out} (after it), {@code stage.out}
 * @param output the variable
 * @param width width of a row
 * @param rows rows per image
 */
public record TapSite(String path, Place place, String output, int width, int rows)
    implements Site {
  /** Checks that width and rows are positive. */
  public TapSite {
    if (width < 1 || rows < 1) {
      throw new IllegalArgumentException(
          "site %s: width %d and rows %d must be positive".formatted(path, width, rows));
    }
  }
}
