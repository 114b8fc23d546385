package io.peft4j.harness.report;

import com.google.common.base.Strings;
import io.peft4j.harness.metric.Score;
import io.peft4j.harness.run.ComparisonResult;
import io.peft4j.harness.run.ComparisonRow;
import io.peft4j.harness.task.TaskSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A comparison as the table of the papers: scores by task, Δm in percent, trainable parameters in
 * millions, multiply-accumulates of one image in billions by the papers' convention and in full,
 * seconds.
 */
public final class ComparisonTable {
  private static final String ABSENT = "–";
  private static final double MILLION = 1e6;
  private static final double BILLION = 1e9;

  private final List<String> headings = new ArrayList<>();
  private final List<List<String>> lines = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();

  private ComparisonTable() {}

  /** The table of a result. */
  public static ComparisonTable of(ComparisonResult result) {
    ComparisonTable table = new ComparisonTable();
    List<String> tasks = TaskSet.parse(result.tasks()).names();
    Map<String, Score> known = new LinkedHashMap<>();
    result.rows().forEach(r -> r.scores().forEach(known::putIfAbsent));
    table.headings.add("method");
    tasks.forEach(
        t -> table.headings.add(known.containsKey(t) ? MetricText.heading(t, known.get(t)) : t));
    table.headings.addAll(
        List.of(
            "Δm % ↑", "trainable M", "of these backbone M", "MACs G", "full MACs G", "seconds"));
    result.rows().forEach(r -> table.line(r, tasks));
    return table;
  }

  private void line(ComparisonRow row, List<String> tasks) {
    List<String> cells = new ArrayList<>(List.of(row.name()));
    for (String task : tasks) {
      Score score = row.scores().get(task);
      cells.add(score == null ? ABSENT : MetricText.value(score));
    }
    cells.add(row.deltaM() == null ? ABSENT : String.format(Locale.ROOT, "%+.2f", row.deltaM()));
    cells.add(String.format(Locale.ROOT, "%.3f", row.trainable() / MILLION));
    cells.add(String.format(Locale.ROOT, "%.3f", row.backboneTrainable() / MILLION));
    cells.add(String.format(Locale.ROOT, "%.4f", row.macsConvention() / BILLION));
    cells.add(String.format(Locale.ROOT, "%.4f", row.macsFull() / BILLION));
    cells.add(String.format(Locale.ROOT, "%.0f", row.seconds()));
    lines.add(cells);
    if (!row.ok()) {
      errors.add(String.format(Locale.ROOT, "%s failed: %s", row.name(), row.error()));
    }
  }

  /** As Markdown. */
  public String markdown() {
    StringBuilder text = new StringBuilder();
    appendMarkdown(text, headings);
    text.append("|:---|").append("---:|".repeat(headings.size() - 1)).append('\n');
    lines.forEach(line -> appendMarkdown(text, line));
    errors.forEach(e -> text.append('\n').append(escaped(e)).append('\n'));
    return text.toString();
  }

  private static void appendMarkdown(StringBuilder text, List<String> cells) {
    text.append('|');
    cells.forEach(c -> text.append(' ').append(escaped(c)).append(" |"));
    text.append('\n');
  }

  private static String escaped(String cell) {
    return cell.replace("|", "\\|").replaceAll("\\s*\\R\\s*", " ");
  }

  /** In columns, for a terminal. */
  public String text() {
    List<List<String>> all = new ArrayList<>(List.of(headings));
    all.addAll(lines);
    StringBuilder text = new StringBuilder();
    for (List<String> line : all) {
      for (int c = 0; c < line.size(); c++) {
        int column = c;
        int width = all.stream().mapToInt(l -> l.get(column).length()).max().orElse(0);
        String cell = line.get(c);
        text.append(
            c == 0 ? Strings.padEnd(cell, width, ' ') : "  " + Strings.padStart(cell, width, ' '));
      }
      text.append('\n');
    }
    errors.forEach(e -> text.append(e).append('\n'));
    return text.toString();
  }
}
