package io.peft4j.graph.natives;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.List;

/**
 * How ND4J stands on this machine.
 *
 * @param version ND4J's
 * @param devices CUDA devices, with the CUDA back end
 * @param cuda true if the class path has the CUDA back end
 * @param advice what could be better
 * @param problems why nothing can be computed, or is computed wrongly; empty if all is right
 */
public record Diagnosis(
    Machine machine,
    String version,
    Kernels kernels,
    MemoryLimits memory,
    boolean cuda,
    List<CudaDevice> devices,
    List<String> advice,
    List<String> problems) {
  private static final String CUDA_BACKEND = "org/nd4j/linalg/jcublas/JCublasBackend.class";

  public Diagnosis {
    devices = ImmutableList.copyOf(devices);
    advice = ImmutableList.copyOf(advice);
    problems = ImmutableList.copyOf(problems);
  }

  /**
   * Loads ND4J, unless that cannot go well, and measures for about a second. Never throws: what
   * fails is among the problems.
   */
  public static Diagnosis take() {
    NativeSetup.prepare();
    boolean cuda = Diagnosis.class.getClassLoader().getResource(CUDA_BACKEND) != null;
    ImmutableList.Builder<String> problems = ImmutableList.builder();
    List<CudaDevice> devices = List.of();
    if (cuda) {
      try {
        devices = CudaDriver.devices();
        problems.addAll(Advice.onDevices(devices));
      } catch (IllegalStateException e) {
        problems.add(e.getMessage());
      }
    }
    Kernels kernels = Kernels.none();
    if (problems.build().isEmpty()) {
      try {
        kernels = Kernels.measure();
        String core = kernels.core();
        ProductProof.faults().forEach(f -> problems.add(wrong(f, core)));
      } catch (Exception | LinkageError e) {
        problems.add(failure(e));
      }
    }
    Machine machine = Machine.current();
    MemoryLimits memory = MemoryLimits.current();
    boolean computes = problems.build().isEmpty();
    Iterable<String> advice =
        Iterables.concat(
            computes && !cuda
                ? Advice.onKernels(machine, Platform.current(), kernels)
                : List.<String>of(),
            Advice.onMemory(memory));
    return new Diagnosis(
        machine,
        Nd4jRelease.version(),
        kernels,
        memory,
        cuda,
        devices,
        ImmutableList.copyOf(advice),
        problems.build());
  }

  /** Why ND4J did not start, in words for users. */
  static String failure(Throwable e) {
    Throwable root = Throwables.getRootCause(e);
    String reason = root.getMessage() == null ? root.toString() : root.getMessage();
    return "ND4J's back end does not load: %s; the class path needs nd4j-native with the classifier of this platform, and openblas's and javacpp's"
        .formatted(reason);
  }

  /** What to do where products are wrong. */
  static String wrong(String fault, String core) {
    return "%s; results cannot be trusted with OpenBLAS's kernels for %s: set %s to another core, such as Haswell, and ask again"
        .formatted(fault, core, NativeSettings.CORE_TYPE);
  }

  /** True if ND4J can compute here, and rightly. */
  public boolean isUsable() {
    return problems.isEmpty();
  }
}
