package io.peft4j.benchmarks.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The peak is read from what Linux writes. */
class ProcessMemoryTest {
  @Test
  void thePeakIsFoundAmongOtherLines() {
    assertEquals(
        123456,
        ProcessMemory.parse(
            List.of(
                "Name:\tjava", "VmPeak:\t  999999 kB", "VmHWM:\t  123456 kB", "VmRSS:\t 1 kB")));
  }

  @Test
  void aFileWithoutItIsNoZero() {
    assertThrows(IllegalStateException.class, () -> ProcessMemory.parse(List.of("Name:\tjava")));
  }
}
