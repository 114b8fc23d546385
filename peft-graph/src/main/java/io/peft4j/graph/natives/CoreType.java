package io.peft4j.graph.natives;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Sets of OpenBLAS kernels worth asking for, best first. OpenBLAS 0.3.19, which ND4J bundles, goes
 * by the processor's family and model, and takes those it does not know for a core of 2007; what
 * the processor can do is in its flags.
 */
enum CoreType {
  /** 512-bit kernels. */
  SKYLAKE_X(
      "SkylakeX",
      List.of("avx512f", "avx512bw", "avx512dq", "avx512vl"),
      Set.of("skylakex", "cooperlake", "sapphirerapids")),
  /** 256-bit kernels. */
  HASWELL("Haswell", List.of("avx2", "fma"), Set.of("haswell", "zen"));

  /**
   * Cores whose kernels multiply doubles wrongly in OpenBLAS 0.3.19 as soon as it has two threads;
   * 127x258x66 shows it.
   */
  private static final Set<String> WRONG = Set.of("cooperlake", "sapphirerapids");

  private final String id;
  private final List<String> flags;
  private final Set<String> names;

  CoreType(String id, List<String> flags, Set<String> names) {
    this.id = id;
    this.flags = flags;
    this.names = names;
  }

  /** The value of {@code OPENBLAS_CORETYPE}. */
  String id() {
    return id;
  }

  /** The best that a processor can run; none if OpenBLAS should choose. */
  static Optional<CoreType> bestFor(CpuInfo cpu) {
    return Arrays.stream(values()).filter(t -> cpu.has(t.flags)).findFirst();
  }

  /** True if several threads with the kernels of this core compute something else than products. */
  static boolean isWrong(String core) {
    return WRONG.contains(core.strip().toLowerCase(Locale.ROOT));
  }

  /** True if a core that OpenBLAS names has kernels as wide as these, or wider. */
  boolean isReachedBy(String core) {
    String name = core.strip().toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(t -> t.compareTo(this) <= 0)
        .anyMatch(t -> t.names.contains(name));
  }
}
