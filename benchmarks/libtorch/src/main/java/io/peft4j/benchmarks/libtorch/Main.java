package io.peft4j.benchmarks.libtorch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One process of the libtorch side: checks or times a work, and prints one line of JSON. */
@Command(name = "libtorch", description = "Measures one work by libtorch in this process.")
public final class Main {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Pattern VERSION = Pattern.compile("TORCH_VERSION=([^,\\s]+)");

  /** Steps by which the faster attention is chosen, after one of warm-up. */
  private static final int TRIALS = 3;

  @Spec private CommandSpec spec;

  @Option(names = "--threads", defaultValue = "1", scope = CommandLine.ScopeType.INHERIT)
  private int threads;

  private Main() {}

  /** Runs a command line and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Command(description = "Unpacks the libraries: loaded while they are unpacked, they crash.")
  void unpack() throws IOException {
    for (String library : List.of("javacpp", "openblas", "pytorch")) {
      String folder = "/org/bytedeco/%s/%s".formatted(library, Loader.getPlatform());
      if (Loader.cacheResource(Main.class, folder) == null) {
        throw new IOException(folder + " is not on the class path");
      }
    }
    print(new LinkedHashMap<>());
  }

  @Command(description = "Versions and settings.")
  void versions() {
    print(line());
  }

  @Command(description = "Measures the rate of products, such as 784x384x1536 (m, k, n).")
  void products(@Parameters(arity = "1..*", paramLabel = "MxKxN") List<String> shapes) {
    Map<String, Object> line = line();
    line.putAll(Products.measure(shapes));
    print(line);
  }

  @Command(description = "Compares with the results in the file; picks the faster attention.")
  void check(@Parameters(paramLabel = "FILE") Path file) throws IOException {
    Map<String, Object> line = line();
    Comparison worst = null;
    Map<Attention, Double> times = new EnumMap<>(Attention.class);
    for (Attention attention : Attention.values()) {
      Comparison comparison = Comparison.of(file, attention);
      if (worst == null || comparison.difference() > worst.difference() || !comparison.isSame()) {
        worst = comparison;
      }
      try (Work work = new Work(file, torch.ScalarType.Float);
          Stepper stepper = new Stepper(work, attention)) {
        times.put(attention, stepper.millis(1, TRIALS).stream().min(Double::compare).orElseThrow());
      }
    }
    line.put("compared", worst.compared());
    line.put("worst", worst.worst());
    line.put("difference", worst.difference());
    line.put("allowed", worst.allowed());
    line.put("same", worst.isSame());
    line.put("trials", times);
    line.put(
        "variant",
        times.entrySet().stream()
            .min(Map.Entry.comparingByValue())
            .orElseThrow()
            .getKey()
            .name()
            .toLowerCase(Locale.ROOT));
    print(line);
  }

  @Command(description = "Times steps; peak memory is that of the process.")
  void run(
      @Parameters(paramLabel = "FILE") Path file,
      @Option(names = "--variant", defaultValue = "explicit") Attention attention,
      @Option(names = "--warmup", defaultValue = "3") int warmup,
      @Option(names = "--repeats", defaultValue = "20") int repeats)
      throws IOException {
    Map<String, Object> line = line();
    try (Work work = new Work(file, torch.ScalarType.Float);
        Stepper stepper = new Stepper(work, attention)) {
      line.put("vmHwmKbBuilt", peakKb());
      line.put("ms", stepper.millis(warmup, repeats));
      line.put("vmHwmKb", peakKb());
      line.put("variant", attention.name().toLowerCase(Locale.ROOT));
    }
    print(line);
  }

  /** A line that tells what it is measured with. */
  private Map<String, Object> line() {
    torch.set_num_threads(threads);
    if (torch.get_num_threads() != threads) {
      throw new IllegalStateException(
          "libtorch runs on %d threads, not %d".formatted(torch.get_num_threads(), threads));
    }
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("libtorch", version(torch.show_config().getString()));
    versions.put("java", Runtime.version().toString());
    versions.put("capability", torch.get_cpu_capability().getString());
    versions.put("onednn", String.valueOf(torch.hasMKLDNN()));
    versions.put("mkl", String.valueOf(torch.hasMKL()));
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("versions", versions);
    line.put("threads", threads);
    return line;
  }

  /** From the description of the build, the one place that tells it. */
  static String version(String build) {
    Matcher matcher = VERSION.matcher(build);
    return matcher.find() ? matcher.group(1) : "unknown";
  }

  private void print(Map<String, ?> line) {
    try {
      spec.commandLine().getOut().println(JSON.writeValueAsString(line));
      spec.commandLine().getOut().flush();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings and numbers are always JSON", e);
    }
  }

  private static long peakKb() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(l -> l.startsWith("VmHWM:"))
        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow(() -> new IOException("/proc/self/status has no VmHWM"));
  }
}
