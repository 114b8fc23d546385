package io.peft4j.benchmarks.measure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Memory of this process as Linux counts it (proc(5), {@code /proc/self/status}). */
public final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String PEAK = "VmHWM:";

  private ProcessMemory() {}

  /**
   * The most physical memory that the process has held, in kB.
   *
   * @throws IllegalStateException where the system does not tell: the benchmark needs Linux
   */
  public static long peakKb() {
    if (!Files.isReadable(STATUS)) {
      throw new IllegalStateException("no /proc/self/status: peak memory is measured on Linux");
    }
    try {
      return parse(Files.readAllLines(STATUS));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read /proc/self/status: " + e.getMessage(), e);
    }
  }

  static long parse(List<String> status) {
    return status.stream()
        .filter(l -> l.startsWith(PEAK))
        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("/proc/self/status has no " + PEAK));
  }
}
