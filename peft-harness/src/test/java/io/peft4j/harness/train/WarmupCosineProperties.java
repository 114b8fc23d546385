package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The shape of the schedule. */
class WarmupCosineProperties {
  @Property(tries = 100)
  void itRisesToThePeakThenFallsToTheEnd(
      @ForAll @IntRange(min = 2, max = 300) int steps,
      @ForAll @IntRange(max = 299) int warmupDraw,
      @ForAll WarmupCosine.Convention convention) {
    int warmup = warmupDraw % steps;
    WarmupCosine schedule = new WarmupCosine(steps, warmup, 1, 0.1, 0.01, convention);
    int lag = convention == WarmupCosine.Convention.REFERENCE_LAG ? 1 : 0;
    for (int k = 1; k < steps + 3; k++) {
      double change = schedule.learningRate(k) - schedule.learningRate(k - 1);
      if (k - lag < warmup) {
        assertTrue(change >= 0, "rising at " + k);
      } else if (k - lag > warmup) {
        assertTrue(change <= 0, "falling at " + k);
      }
      assertTrue(schedule.learningRate(k) >= 0.01 - 1e-12 && schedule.learningRate(k) <= 1);
    }
    if (convention != WarmupCosine.Convention.PREFIX_FALSE) {
      assertEquals(1, schedule.learningRate(warmup + lag), 1e-12);
    }
    assertEquals(0.01, schedule.learningRate(steps + lag), 1e-12);
    assertEquals(warmup > 0 ? 0.1 : 1, schedule.learningRate(0), 1e-12);
  }

  @Example
  void thePapersRatesAreInProportionToTheBatch() {
    WarmupCosine schedule = WarmupCosine.papers(100, 10, 32);
    assertEquals(3.125e-5, schedule.peak(), 1e-18);
    assertEquals(3.125e-8, schedule.start(), 1e-20);
    assertEquals(3.125e-7, schedule.end(), 1e-20);
  }

  @Example
  void impossibleSchedulesAreRefused() {
    assertThrows(InputException.class, () -> new WarmupCosine(10, 10, 1, 0, 0));
    assertThrows(InputException.class, () -> new WarmupCosine(10, -1, 1, 0, 0));
    assertThrows(InputException.class, () -> new WarmupCosine(10, 1, 1, 2, 0));
    assertThrows(InputException.class, () -> new WarmupCosine(10, 1, 1, 0, Double.NaN));
    assertThrows(InputException.class, () -> new WarmupCosine(10, 1, -1, 0, 0));
    assertThrows(
        IllegalArgumentException.class, () -> new WarmupCosine(10, 1, 1, 0, 0).learningRate(-1));
  }
}
