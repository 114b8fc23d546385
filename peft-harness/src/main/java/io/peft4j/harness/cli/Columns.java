package io.peft4j.harness.cli;

import com.google.common.base.Strings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Lines of cells, printed as aligned columns two blanks apart. */
final class Columns {
  private static final String GAP = "  ";

  private final Set<Integer> rightAligned;
  private final String indent;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param indent starts every line
   * @param rightAligned columns of numbers, from 0
   */
  Columns(String indent, Integer... rightAligned) {
    this.indent = indent;
    this.rightAligned = Set.of(rightAligned);
  }

  /** Adds a line; all lines have as many cells. */
  Columns row(Object... cells) {
    rows.add(Arrays.stream(cells).map(String::valueOf).toList());
    return this;
  }

  /** The lines, each ended. */
  @Override
  public String toString() {
    if (rows.isEmpty()) {
      return "";
    }
    int[] widths =
        IntStream.range(0, rows.get(0).size())
            .map(c -> rows.stream().mapToInt(r -> r.get(c).length()).max().orElse(0))
            .toArray();
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      List<String> cells = new ArrayList<>();
      for (int c = 0; c < widths.length; c++) {
        cells.add(
            rightAligned.contains(c)
                ? Strings.padStart(row.get(c), widths[c], ' ')
                : Strings.padEnd(row.get(c), widths[c], ' '));
      }
      text.append((indent + String.join(GAP, cells)).stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
