package io.peft4j.graph.natives;

import com.google.common.collect.ImmutableMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.Nd4jBackend;

/**
 * What computes, and how fast.
 *
 * @param backend class of ND4J's back end, or {@link #NONE}
 * @param blas vendor of the BLAS
 * @param core core whose kernels OpenBLAS uses, or {@code unknown}
 * @param coreOrigin who chose that core
 * @param oneDnn true if products and the like go to oneDNN
 * @param threads threads of the kernels; 0 without a back end
 * @param waiting what says how idle threads wait, such as {@code GOMP_SPINCOUNT=1000 (peft4j)}
 * @param gflops best rate of matrix products, 10⁹ operations a second, by their extents
 */
public record Kernels(
    String backend,
    String blas,
    String core,
    String coreOrigin,
    boolean oneDnn,
    int threads,
    String waiting,
    Map<String, Double> gflops) {
  /** Back end of a process that could not load one. */
  public static final String NONE = "none";

  static final String UNKNOWN = "unknown";

  /** Origin of what the user's environment says. */
  static final String USER = "environment";

  private static final String OURS = "peft4j";
  private static final String LIBRARY = "its own choice";
  private static final String ONEDNN_MARK = "HAVE_ONEDNN";
  private static final String BLAS_VENDOR = "blas.vendor";

  public Kernels {
    // in the order of measurement
    gflops = Collections.unmodifiableMap(new LinkedHashMap<>(gflops));
  }

  /** Loads ND4J and measures; any throwable of a failing back end may come out. */
  static Kernels measure() {
    Nd4jBackend backend = Nd4j.getBackend();
    Environment environment = backend.getEnvironment();
    Object vendor = Nd4j.getExecutioner().getEnvironmentInformation().get(BLAS_VENDOR);
    return new Kernels(
        backend.getClass().getSimpleName(),
        String.valueOf(vendor),
        OpenBlas.core().orElse(UNKNOWN),
        NativeSetup.setting(NativeSettings.CORE_TYPE).map(Kernels::origin).orElse(LIBRARY),
        environment.isCPU()
            && environment.helpersAllowed()
            && backend.buildInfo().contains(ONEDNN_MARK),
        environment.maxThreads(),
        waitingNow(),
        MatmulRate.measure());
  }

  /** Those of a process without a back end. */
  static Kernels none() {
    return new Kernels(NONE, NONE, UNKNOWN, UNKNOWN, false, 0, waitingNow(), ImmutableMap.of());
  }

  private static String waitingNow() {
    String text =
        Stream.of(NativeSettings.WAIT_POLICY, NativeSettings.SPIN_COUNT)
            .map(NativeSetup::setting)
            .flatMap(Optional::stream)
            .map(s -> "%s (%s)".formatted(s, origin(s)))
            .collect(Collectors.joining(", "));
    return text.isEmpty() ? "OpenMP's defaults" : text;
  }

  private static String origin(NativeSetup.Setting setting) {
    return setting.byUser() ? USER : OURS;
  }
}
