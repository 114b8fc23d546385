package io.peft4j.harness.data.scenes.render;

/** Argument checks shared by the shapes. */
final class Checks {
  private Checks() {}

  static void positive(String what, double... values) {
    for (double v : values) {
      if (!(v > 0) || Double.isInfinite(v)) {
        throw new IllegalArgumentException(what + " must be positive and finite, got " + v);
      }
    }
  }
}
