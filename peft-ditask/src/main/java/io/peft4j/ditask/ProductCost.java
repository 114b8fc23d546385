package io.peft4j.ditask;

import io.peft4j.api.backbone.LinearSite;

/**
 * The rule behind {@code product=auto}: multiply-accumulates of a training step of 16 images.
 *
 * <p>With m rows, parts of {@code out × in} and n singular values, the factored product costs
 * {@code m·n(in + out)} forward and again backward, as the gradient of the spectrum needs only what
 * both passes have computed. The rebuilt weight costs {@code in·out·n + m·in·out} forward, and
 * backward the same and {@code m·in·out} for the gradient of the weight. So a square layer is
 * rebuilt where it has more than 2n rows; one of an MLP, four times as long as wide, never is.
 */
final class ProductCost {
  private static final long IMAGES = 16;

  private ProductCost() {}

  /** True if rebuilding the weight of one part of a site is cheaper. */
  static boolean rebuildIsCheaper(LinearSite site, int parts) {
    long rows = IMAGES * site.rows();
    long in = site.in();
    long out = site.out() / parts;
    long n = Math.min(in, out);
    long factored = 2 * rows * n * (in + out);
    long rebuilt = 2 * in * out * n + 3 * rows * in * out;
    return rebuilt < factored;
  }
}
