package io.peft4j.graph.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Advice names what is wrong and what to set, and nothing is said of a machine that is well. */
class AdviceTest {
  private static final long GIB = 1L << 30;
  private static final CpuInfo AVX512 =
      CpuInfo.parse("flags : avx2 fma avx512f avx512bw avx512dq avx512vl");
  private static final CpuInfo AVX2 = CpuInfo.parse("flags : avx2 fma");
  private static final Machine MACHINE = new Machine(AVX512, 2, "17", "Linux");

  @Test
  void aWellMachineNeedsNone() {
    assertEquals(List.of(), advice(kernels("SkylakeX", "peft4j", true, 2, 150)));
    assertEquals(List.of(), Advice.onMemory(new MemoryLimits(3 * GIB, 6 * GIB, 0, 16 * GIB)));
  }

  @Test
  void narrowKernelsAreTheFaultOfWhoChoseThem() {
    assertOne(
        "and this processor can run those for SkylakeX: unset it",
        advice(kernels("Haswell", Kernels.USER, true, 2, 10)));
    assertOne(
        "set OPENBLAS_CORETYPE=SkylakeX",
        advice(kernels("Barcelona", "its own choice", true, 2, 10)));
  }

  @Test
  void aCoreThatCannotBeAskedIsNoFault() {
    assertEquals(List.of(), advice(kernels(Kernels.UNKNOWN, "peft4j", true, 2, 150)));
  }

  @Test
  void lowRateMissingOneDnnAndTooManyThreadsAreNamed() {
    assertOne(
        "10.0 GFLOP/s in 512x512x512 is low", advice(kernels("SkylakeX", "peft4j", true, 2, 10)));
    assertOne("linux-x86_64-onednn", advice(kernels("SkylakeX", "peft4j", false, 2, 150)));
    assertOne("OMP_NUM_THREADS=2", advice(kernels("SkylakeX", "peft4j", true, 8, 150)));
  }

  @Test
  void aSlowProcessorIsNotBlamedForItsRate() {
    Machine old = new Machine(CpuInfo.parse("flags : sse2"), 2, "17", "Linux");
    Kernels kernels = kernels("Barcelona", "its own choice", true, 2, 10);
    assertEquals(List.of(), Advice.onKernels(old, Platform.LINUX_X86_64, kernels));
  }

  @Test
  void limitsThatCannotHoldAreNamed() {
    assertOne("PEFT_OFFHEAP=2g", Advice.onMemory(new MemoryLimits(GIB, GIB / 2, 0, 16 * GIB)));
    assertOne("lower PEFT_HEAP", Advice.onMemory(new MemoryLimits(3 * GIB, 6 * GIB, 0, 8 * GIB)));
    assertOne(
        "maxphysicalbytes=0",
        Advice.onMemory(new MemoryLimits(3 * GIB, 6 * GIB, 4 * GIB, 16 * GIB)));
  }

  @Test
  void noLimitAndUnknownMemoryAreNoFault() {
    assertEquals(List.of(), Advice.onMemory(new MemoryLimits(3 * GIB, 0, 0, 16 * GIB)));
    assertEquals(List.of(), Advice.onMemory(new MemoryLimits(3 * GIB, 6 * GIB, 0, 0)));
  }

  @Test
  void loadingTooLateIsWarnedOfWhereItCostsTimeOrBits() {
    String warning = NativeSetup.lateWarning("Barcelona", AVX512, Map.of()).orElseThrow();
    assertTrue(warning.contains("OPENBLAS_CORETYPE=SkylakeX"), warning);
    assertTrue(warning.contains("several times slower"), warning);
    String asFast = NativeSetup.lateWarning("Zen", AVX2, Map.of()).orElseThrow();
    assertTrue(asFast.contains("Zen, not Haswell: results differ in their last"), asFast);
    String wrong = NativeSetup.lateWarning("Cooperlake", AVX512, Map.of()).orElseThrow();
    assertTrue(wrong.contains("Cooperlake, not SkylakeX: several threads multiply"), wrong);
    assertTrue(NativeSetup.lateWarning("SkylakeX", AVX512, Map.of()).isEmpty());
    assertTrue(
        NativeSetup.lateWarning("Nehalem", AVX512, Map.of("OPENBLAS_CORETYPE", "Nehalem"))
            .isEmpty());
  }

  @Test
  void kernelsThatAreWrongAreWarnedOf() {
    for (String core : List.of("Cooperlake", "COOPERLAKE", "Sapphirerapids")) {
      String warning = NativeSetup.wrongWarning(Map.of("OPENBLAS_CORETYPE", core)).orElseThrow();
      assertTrue(warning.startsWith("OPENBLAS_CORETYPE=" + core), warning);
    }
    assertEquals(
        Optional.empty(), NativeSetup.wrongWarning(Map.of("OPENBLAS_CORETYPE", "SkylakeX")));
    assertEquals(Optional.empty(), NativeSetup.wrongWarning(Map.of()));
  }

  @Test
  void aBackEndThatDoesNotLoadIsToldByItsCause() {
    Throwable e = new ExceptionInInitializerError(new UnsatisfiedLinkError("no jnind4jcpu"));
    assertTrue(Diagnosis.failure(e).startsWith("ND4J's back end does not load: no jnind4jcpu;"));
  }

  private static List<String> advice(Kernels kernels) {
    return Advice.onKernels(MACHINE, Platform.LINUX_X86_64, kernels);
  }

  private static Kernels kernels(
      String core, String origin, boolean oneDnn, int threads, double rate) {
    return new Kernels(
        "CpuBackend", "OPENBLAS", core, origin, oneDnn, threads, "", Map.of("512x512x512", rate));
  }

  private static void assertOne(String part, List<String> advice) {
    assertEquals(1, advice.size(), advice::toString);
    assertTrue(advice.get(0).contains(part), advice.get(0));
  }
}
