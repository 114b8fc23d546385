package io.peft4j.benchmarks.kernel;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kernel that is measured can be bound by either provider, and runs. */
class KernelBenchmarksTest {
  @ParameterizedTest
  @EnumSource
  void bindsAndRuns(StageKernel kernel) {
    for (String provider : new String[] {"cpu", "reference"}) {
      PlanKernelBenchmark benchmark = new PlanKernelBenchmark();
      benchmark.kernel = kernel;
      benchmark.provider = provider;
      assertDoesNotThrow(
          () -> {
            benchmark.bind();
            benchmark.run();
          },
          provider);
    }
  }
}
