package io.peft4j.graph.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels are chosen by what a processor can do, and compared by how wide they are. */
class CoreTypeTest {
  @ParameterizedTest
  @CsvSource({
    "sse2 avx avx2 fma avx512f avx512bw avx512dq avx512vl, SkylakeX",
    // Knights Landing: 512 bits, but not the instructions that the kernels use
    "sse2 avx avx2 fma avx512f avx512cd avx512er, Haswell",
    "sse2 avx avx2 fma avx512f avx512bw avx512dq, Haswell",
    "sse2 avx avx2 fma, Haswell",
    "sse2 avx avx2,",
    "sse2 avx fma,",
    "sse2,",
  })
  void theWidestKernelsThatRunAreChosen(String flags, String core) {
    CpuInfo cpu = CpuInfo.parse("flags : " + flags);
    assertEquals(Optional.ofNullable(core), CoreType.bestFor(cpu).map(CoreType::id));
  }

  @ParameterizedTest
  @CsvSource({
    "SKYLAKE_X, SkylakeX, true",
    "SKYLAKE_X, Cooperlake, true",
    "SKYLAKE_X, Haswell, false",
    "SKYLAKE_X, Zen, false",
    "SKYLAKE_X, Barcelona, false",
    "HASWELL, Haswell, true",
    "HASWELL, Zen, true",
    "HASWELL, skylakex, true",
    "HASWELL, Barcelona, false",
    "HASWELL, Sandybridge, false",
  })
  void widerKernelsReachNarrowerOnes(CoreType wanted, String inForce, boolean reached) {
    assertEquals(reached, wanted.isReachedBy(inForce));
  }
}
