package io.peft4j.harness.run;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * What a comparison found, {@code comparison.json} in its folder.
 *
 * @param tasks the tasks, in the text form
 * @param setup the specification that all runs share, but for method, tasks and learning rate
 * @param rows the single-task models, then the methods in the order asked for
 */
public record ComparisonResult(String tasks, RunSpec setup, List<ComparisonRow> rows) {
  /** Name of the file. */
  public static final String FILE = "comparison.json";

  /** Copies the rows. */
  public ComparisonResult {
    rows = ImmutableList.copyOf(rows);
  }

  /** Writes it. */
  void write(OutputFolder folder) {
    folder.write(FILE, Json.bytes(this));
  }
}
