package io.peft4j.api.method;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.peft4j.api.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bounds belong to their range or not, as they say; what is refused is named with its value. */
class RangesTest {
  @Test
  void boundsThatBelongToTheirRange() {
    assertDoesNotThrow(() -> Ranges.requireAtLeast(2, "cells", 2));
    assertDoesNotThrow(() -> Ranges.requirePositive("alpha", Double.MIN_VALUE));
    assertDoesNotThrow(() -> Ranges.requirePositive("alpha", Double.MAX_VALUE));
    assertDoesNotThrow(() -> Ranges.requireNotNegative("std", 0));
    assertDoesNotThrow(() -> Ranges.requireDropout(0));
    assertDoesNotThrow(() -> Ranges.requireDropout(Math.nextDown(1.0)));
  }

  @Test
  void integersBelow() {
    assertRefused("rank 0 must be at least 1", () -> Ranges.requireAtLeast(1, "rank", 0));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.POSITIVE_INFINITY, Double.NaN})
  void notPositive(double value) {
    assertRefused(
        "alpha %s must be positive and finite".formatted(value),
        () -> Ranges.requirePositive("alpha", value));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-Double.MIN_VALUE, Double.POSITIVE_INFINITY, Double.NaN})
  void negative(double value) {
    assertRefused(
        "std %s must be finite and not negative".formatted(value),
        () -> Ranges.requireNotNegative("std", value));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, Double.NaN})
  void noRateOfDropout(double value) {
    assertRefused(
        "dropout %s must lie in [0, 1)".formatted(value), () -> Ranges.requireDropout(value));
  }

  private static void assertRefused(String message, Executable check) {
    assertEquals(message, assertThrows(InputException.class, check).getMessage());
  }
}
