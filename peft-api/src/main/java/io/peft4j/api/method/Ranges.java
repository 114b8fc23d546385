package io.peft4j.api.method;

import io.peft4j.api.InputException;

/**
 * The ranges that numbers among a method's options lie in, checked in the compact constructors of
 * configuration records. NaN lies in none.
 *
 * <p>Every check throws {@link InputException}, which names the option and its value.
 *
 * <p>Safe for use by several threads.
 */
public final class Ranges {
  private Ranges() {}

  /** Refuses values below {@code least}. */
  public static void requireAtLeast(int least, String option, int value) {
    if (value < least) {
      throw new InputException("%s %d must be at least %d".formatted(option, value, least));
    }
  }

  /** Refuses all but {@code 0 < value < ∞}. */
  public static void requirePositive(String option, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new InputException("%s %s must be positive and finite".formatted(option, value));
    }
  }

  /** Refuses all but {@code 0 ≤ value < ∞}. */
  public static void requireNotNegative(String option, double value) {
    if (!(value >= 0 && Double.isFinite(value))) {
      throw new InputException("%s %s must be finite and not negative".formatted(option, value));
    }
  }

  /** Refuses rates of dropout outside {@code [0, 1)}. */
  public static void requireDropout(double dropout) {
    if (!(dropout >= 0 && dropout < 1)) {
      throw new InputException("dropout %s must lie in [0, 1)".formatted(dropout));
    }
  }
}
