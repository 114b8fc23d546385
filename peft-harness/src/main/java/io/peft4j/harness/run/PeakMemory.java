package io.peft4j.harness.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;

/** The most memory that this process has held, Java's and native. */
final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  /** Linux (proc(5)): writing 5 sets the peak to what is held now. */
  private static final String RESET_PEAK = "5";

  private static final String PEAK = "VmHWM:";

  private PeakMemory() {}

  /** Starts a new measurement where the system allows it; else the peak is that of the process. */
  static void reset() {
    try {
      if (Files.isWritable(CLEAR)) {
        Files.writeString(CLEAR, RESET_PEAK);
      }
    } catch (IOException e) {
      // Containers may forbid it: the peak then includes earlier runs of this process.
      return;
    }
  }

  /** Bytes; where the system does not tell the peak, what is held now. */
  static long bytes() {
    if (Files.isReadable(STATUS)) {
      try (Stream<String> lines = Files.lines(STATUS)) {
        return lines
            .filter(l -> l.startsWith(PEAK))
            .mapToLong(l -> 1024 * Long.parseLong(l.replaceAll("\\D", "")))
            .findFirst()
            .orElseGet(PeakMemory::held);
      } catch (IOException e) {
        return held();
      }
    }
    return held();
  }

  private static long held() {
    long physical = Pointer.physicalBytes();
    Runtime java = Runtime.getRuntime();
    return physical > 0 ? physical : java.totalMemory() + Pointer.totalBytes();
  }
}
