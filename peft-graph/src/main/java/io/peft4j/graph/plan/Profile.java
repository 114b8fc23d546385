package io.peft4j.graph.plan;

import com.google.common.collect.ImmutableList;
import io.peft4j.graph.plan.ir.Instruction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where the time of a plan's runs went.
 *
 * @param runs how many runs were measured
 * @param lines one for each instruction, in order of execution
 */
public record Profile(long runs, List<Line> lines) {
  /** Copies the lines. */
  public Profile {
    lines = ImmutableList.copyOf(lines);
  }

  /**
   * One instruction.
   *
   * @param instruction what was run
   * @param nanos time of all runs
   */
  public record Line(Instruction instruction, long nanos) {}

  private record Sum(String operation, int instructions, long nanos) {}

  /** A table: operations by time, then the {@code most} slowest instructions. */
  public String text(int most) {
    Map<String, Sum> sums = new LinkedHashMap<>();
    long total = 0;
    for (Line line : lines) {
      String operation = line.instruction().operation().label();
      sums.merge(
          operation,
          new Sum(operation, 1, line.nanos()),
          (a, b) -> new Sum(operation, a.instructions() + b.instructions(), a.nanos() + b.nanos()));
      total += line.nanos();
    }
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%d runs, %.2f ms each%n", runs, millis(total)));
    List<Sum> bySum = new ArrayList<>(sums.values());
    bySum.sort(Comparator.comparingLong(Sum::nanos).reversed());
    text.append("%10s %6s %6s  %s%n".formatted("ms", "%", "count", "operation"));
    for (Sum sum : bySum) {
      text.append(
          String.format(
              Locale.ROOT,
              "%10.3f %6.1f %6d  %s%n",
              millis(sum.nanos()),
              100.0 * sum.nanos() / Math.max(1, total),
              sum.instructions(),
              sum.operation()));
    }
    List<Line> slowest = new ArrayList<>(lines);
    slowest.sort(Comparator.comparingLong(Line::nanos).reversed());
    for (Line line : slowest.subList(0, Math.min(most, slowest.size()))) {
      text.append(
          String.format(Locale.ROOT, "%10.3f  %s%n", millis(line.nanos()), line.instruction()));
    }
    return text.toString();
  }

  private double millis(long nanos) {
    return nanos / 1e6 / Math.max(1, runs);
  }
}
