package io.peft4j.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.peft4j.api.InputException;
import io.peft4j.benchmarks.exchange.Exchange;
import io.peft4j.benchmarks.measure.Clock;
import io.peft4j.benchmarks.measure.Machine;
import io.peft4j.benchmarks.measure.ProcessMemory;
import io.peft4j.benchmarks.plot.ScalingPlot;
import io.peft4j.benchmarks.product.ProductRate;
import io.peft4j.benchmarks.work.Bench;
import io.peft4j.benchmarks.work.Work;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One process of the benchmark: measures one thing and prints one line of JSON. */
@Command(
    name = "benchmarks",
    mixinStandardHelpOptions = true,
    description = "Measures one work in this process.")
final class BenchmarkCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Command(description = "Times steps; peak memory is that of the process.")
  void run(
      @Mixin SizeOptions size,
      @Option(names = "--warmup", defaultValue = "10", description = "steps before the clock")
          int warmup,
      @Option(names = "--repeats", defaultValue = "20", description = "steps on the clock")
          int repeats) {
    requirePositive("--repeats", repeats);
    try (Bench bench = size.open()) {
      Map<String, Object> line = head(size);
      line.put("vmHwmKbBuilt", ProcessMemory.peakKb());
      List<Double> millis = Clock.millis(bench, warmup, repeats);
      line.put("ms", millis);
      line.put("vmHwmKb", ProcessMemory.peakKb());
      line.put("macs", bench.macs());
      print(line);
    }
  }

  @Command(description = "Writes weights, inputs, loss and gradients for the peer.")
  void export(
      @Mixin SizeOptions size,
      @Parameters(index = "1", paramLabel = "FILE", description = "safetensors file") Path file) {
    try (Bench bench = size.open()) {
      Exchange.write(file, bench);
      print(head(size));
    }
  }

  @Command(description = "Measures by how much the peak memory grows while stepping.")
  void steady(
      @Mixin SizeOptions size,
      @Option(names = "--from", defaultValue = "100", description = "step after which to watch")
          int from,
      @Option(names = "--steps", defaultValue = "2000", description = "steps in all") int steps) {
    requirePositive("--from", from);
    if (steps <= from) {
      throw new InputException("--steps %d must be above --from %d".formatted(steps, from));
    }
    try (Bench bench = size.open()) {
      Clock.millis(bench, from, 0);
      long before = ProcessMemory.peakKb();
      Clock.millis(bench, steps - from, 0);
      long after = ProcessMemory.peakKb();
      Map<String, Object> line = head(size);
      line.put("from", from);
      line.put("steps", steps);
      line.put("vmHwmKbFrom", before);
      line.put("vmHwmKb", after);
      line.put("growthKb", after - before);
      print(line);
    }
  }

  @Command(description = "Prints where the time of a step goes, by operation and instruction.")
  void profile(
      @Mixin SizeOptions size,
      @Option(names = "--warmup", defaultValue = "10", description = "steps before") int warmup,
      @Option(names = "--repeats", defaultValue = "10", description = "steps measured") int repeats,
      @Option(names = "--most", defaultValue = "20", description = "instructions listed")
          int most) {
    requirePositive("--repeats", repeats);
    try (Bench bench = size.open()) {
      Clock.millis(bench, warmup, 0);
      bench.startProfiling();
      Clock.millis(bench, repeats, 0);
      Map<String, Object> line = head(size);
      line.put("tables", bench.profiles().stream().map(p -> p.text(most)).toList());
      print(line);
    }
  }

  @Command(description = "Measures the rate of products, such as 784x384x1536.")
  void products(
      @Parameters(arity = "1..*", paramLabel = "MxKxN", description = "rows, inputs, outputs")
          List<String> shapes) {
    ProductRate rate = ProductRate.measure(shapes);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("gflops", rate.gflops());
    line.put("each", rate.each());
    line.put("error", rate.error());
    line.put("versions", Machine.describe());
    print(line);
  }

  @Command(description = "Lists all works, and whether their methods are on the class path.")
  void works() {
    List<Map<String, Object>> works = new ArrayList<>();
    for (Work work : Work.values()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("work", work.id());
      entry.put("method", work.method());
      entry.put("available", work.isAvailable());
      works.add(entry);
    }
    print(Map.of("works", works, "versions", Machine.describe()));
  }

  @Command(description = "Draws a measured series, the lines of which are read from a JSON file.")
  void plot(
      @Parameters(index = "0", paramLabel = "JSON", description = "series, as the script writes")
          Path json,
      @Parameters(index = "1", paramLabel = "PNG", description = "picture to write") Path png) {
    ScalingPlot.draw(json, png);
    print(Map.of("picture", png.toString()));
  }

  private static void requirePositive(String option, int value) {
    if (value < 1) {
      throw new InputException("%s %d must be at least 1".formatted(option, value));
    }
  }

  private static Map<String, Object> head(SizeOptions size) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("work", size.work().id());
    line.put("threads", Runtime.getRuntime().availableProcessors());
    line.put("backbone", size.size().backbone());
    line.put("image", size.size().image());
    line.put("batch", size.size().batch());
    line.put("tasks", size.work().isDense() ? size.size().tasks() : 1);
    line.put("versions", Machine.describe());
    return line;
  }

  private void print(Map<String, ?> line) {
    try {
      spec.commandLine().getOut().println(JSON.writeValueAsString(line));
      spec.commandLine().getOut().flush();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings and numbers are always JSON", e);
    }
  }

  static CommandLine commandLine() {
    return new CommandLine(new BenchmarkCommand()).setCaseInsensitiveEnumValuesAllowed(true);
  }
}
