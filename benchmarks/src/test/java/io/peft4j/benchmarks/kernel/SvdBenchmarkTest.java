package io.peft4j.benchmarks.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is timed is every weight that DiTASK transforms. */
class SvdBenchmarkTest {
  @Test
  void decomposesEveryPart() throws Exception {
    SvdBenchmark benchmark = new SvdBenchmark();
    benchmark.backbone = "swin-nano";
    benchmark.threads = 2;
    benchmark.matrices();
    List<Double> largest = benchmark.all();
    // of each block q, k, v, proj, fc1, fc2
    assertEquals(0, largest.size() % 6);
    assertTrue(largest.stream().allMatch(v -> v > 0));
  }
}
