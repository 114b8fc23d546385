package io.peft4j.graph.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** One at a time, and free again whatever the work came to. */
class SingleUseTest {
  private final SingleUse use = new SingleUse("a thing", "make one each");

  @Test
  void aSecondUseIsRefusedWhileOneIsUnderWay() {
    String message =
        use.alone(
            () ->
                assertThrows(IllegalStateException.class, () -> use.alone(() -> {})).getMessage());
    assertEquals(
        "a thing is in use by thread '%s'; make one each"
            .formatted(Thread.currentThread().getName()),
        message);
  }

  @Test
  void itIsFreeAgainAfterTheWorkFailed() {
    assertThrows(
        ArithmeticException.class,
        () ->
            use.alone(
                () -> {
                  throw new ArithmeticException();
                }));
    assertEquals(7, use.alone(() -> 7));
  }
}
