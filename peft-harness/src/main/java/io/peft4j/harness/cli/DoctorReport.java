package io.peft4j.harness.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.common.collect.Maps;
import io.peft4j.graph.natives.CudaDevice;
import io.peft4j.graph.natives.Diagnosis;
import io.peft4j.graph.natives.Kernels;
import io.peft4j.graph.natives.MemoryLimits;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A diagnosis as it is printed. Bytes are 0 where there is no limit, or where it is not known.
 *
 * @param backend class of ND4J's back end, {@code none} if none could be loaded
 * @param version of ND4J
 * @param java version of the JDK
 * @param cores processors that Java may use
 * @param blasCore core whose kernels OpenBLAS uses
 * @param blasCoreFrom who chose it: {@code environment} is the user
 * @param threads threads of the kernels
 * @param waiting how idle threads wait
 * @param gflops best rate of matrix products by their extents, single precision
 * @param processMaxBytes limit of all that the process holds
 * @param physicalBytes memory of the machine, or the container
 * @param problems why nothing can be computed, or is computed wrongly
 * @param devices with the CUDA back end, else nothing
 */
record DoctorReport(
    String backend,
    String version,
    String java,
    String system,
    String cpu,
    int cores,
    String blas,
    String blasCore,
    String blasCoreFrom,
    boolean onednn,
    int threads,
    String waiting,
    Map<String, Double> gflops,
    long heapMaxBytes,
    long offHeapMaxBytes,
    long processMaxBytes,
    long physicalBytes,
    List<String> advice,
    List<String> problems,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Device> devices) {
  private static final double GIB = 1L << 30;

  /**
   * A CUDA device.
   *
   * @param capability compute capability
   * @param supported true if ND4J has code for it
   */
  record Device(int index, String name, String capability, boolean supported) {
    static Device of(CudaDevice device) {
      return new Device(
          device.index(), device.name(), device.capability().toString(), device.isSupported());
    }
  }

  static DoctorReport of(Diagnosis diagnosis) {
    Kernels kernels = diagnosis.kernels();
    MemoryLimits memory = diagnosis.memory();
    return new DoctorReport(
        kernels.backend(),
        diagnosis.version(),
        diagnosis.machine().java(),
        diagnosis.machine().system(),
        diagnosis.machine().cpu().model(),
        diagnosis.machine().cores(),
        kernels.blas(),
        kernels.core(),
        kernels.coreOrigin(),
        kernels.oneDnn(),
        kernels.threads(),
        kernels.waiting(),
        Maps.transformValues(kernels.gflops(), rate -> Math.round(10 * rate) / 10.0),
        memory.heap(),
        memory.offHeap(),
        memory.process(),
        memory.physical(),
        diagnosis.advice(),
        diagnosis.problems(),
        diagnosis.cuda() ? diagnosis.devices().stream().map(Device::of).toList() : null);
  }

  /** Lines for people. */
  String text() {
    Columns table =
        new Columns("")
            .row("back end", "%s of ND4J %s".formatted(backend, version))
            .row("Java", "%s on %s".formatted(java, system))
            .row("processor", "%s, %d cores".formatted(cpu, cores))
            .row("BLAS", "%s, kernels for %s (%s)".formatted(blas, blasCore, blasCoreFrom))
            .row("oneDNN", onednn ? "used" : "not used")
            .row("threads", "%d, waiting: %s".formatted(threads, waiting));
    gflops.forEach(
        (product, rate) ->
            table.row("product", String.format(Locale.ROOT, "%s: %.1f GFLOP/s", product, rate)));
    table
        .row("Java heap", limit(heapMaxBytes))
        .row("ND4J's arrays", limit(offHeapMaxBytes))
        .row("whole process", limit(processMaxBytes))
        .row("machine", physicalBytes == 0 ? "unknown" : gib(physicalBytes));
    if (devices != null) {
      devices.forEach(d -> table.row("device " + d.index(), text(d)));
    }
    StringBuilder text = new StringBuilder(table.toString()).append('\n');
    advice.forEach(a -> text.append("advice: ").append(a).append('\n'));
    if (problems.isEmpty()) {
      return text.append(advice.isEmpty() ? "all is well" : "it works").toString();
    }
    return text.append("ND4J cannot be used here, see standard error").toString();
  }

  private static String text(Device device) {
    return "%s, compute capability %s: %s"
        .formatted(
            device.name(),
            device.capability(),
            device.supported() ? "ND4J has code for it" : "ND4J has no code for it");
  }

  private static String limit(long bytes) {
    return bytes == 0 ? "no limit" : gib(bytes) + " at most";
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / GIB);
  }
}
