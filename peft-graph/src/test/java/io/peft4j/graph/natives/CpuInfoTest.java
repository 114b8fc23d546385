package io.peft4j.graph.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** The text of /proc/cpuinfo is read as Linux writes it. */
class CpuInfoTest {
  @Test
  void modelAndFlagsAreRead() {
    CpuInfo cpu =
        CpuInfo.parse(
            """
            processor\t: 0
            model\t\t: 85
            model name\t: Some: Processor @ 2.00GHz
            flags\t\t: fpu avx2 fma
            vmx flags\t: vnmi ept
            """);
    assertEquals(new CpuInfo("Some: Processor @ 2.00GHz", Set.of("fpu", "avx2", "fma")), cpu);
  }

  @Test
  void onlyFlagsOfAllCoresCount() {
    assertEquals(
        Set.of("avx2"), CpuInfo.parse("flags : avx2 avx512f\n\nflags : fma avx2\n").flags());
  }

  @Test
  void textOfAnotherArchitectureHasNoFlags() {
    assertEquals(
        new CpuInfo(CpuInfo.UNKNOWN, Set.of()),
        CpuInfo.parse("processor : 0\nFeatures : fp asimd"));
  }
}
