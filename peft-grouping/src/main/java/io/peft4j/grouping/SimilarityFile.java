package io.peft4j.grouping;

import com.google.common.base.Splitter;
import io.peft4j.api.InputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A similarity matrix as comma-separated text: a header {@code task,semseg,sal}, then a row for
 * each task in the same order, {@code semseg,1,0.25}.
 */
public final class SimilarityFile {
  private static final Splitter CELLS = Splitter.on(',').trimResults();

  private SimilarityFile() {}

  /**
   * Reads a matrix.
   *
   * @throws InputException naming file and line if it cannot be read or is no similarity matrix
   */
  public static Similarity read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          "similarity file %s %s"
              .formatted(file, Files.exists(file) ? "is no file" : "does not exist"));
    }
    if (!Files.isReadable(file)) {
      throw new InputException("similarity file %s may not be read".formatted(file));
    }
    try {
      return parse(file.toString(), Files.readAllLines(file));
    } catch (CharacterCodingException e) {
      throw new InputException("similarity file %s is no UTF-8 text".formatted(file), e);
    } catch (IOException e) {
      throw new InputException(
          "similarity file %s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** The text of a matrix, line by line; {@link #read} of it gives the same matrix. */
  public static List<String> lines(Similarity similarity) {
    List<String> lines = new ArrayList<>();
    lines.add("task," + String.join(",", similarity.tasks()));
    for (int i = 0; i < similarity.size(); i++) {
      int row = i;
      lines.add(
          IntStream.range(0, similarity.size())
              .mapToObj(j -> String.format(Locale.ROOT, "%s", similarity.between(row, j)))
              .collect(Collectors.joining(",", similarity.tasks().get(i) + ",", "")));
    }
    return lines;
  }

  static Similarity parse(String source, List<String> lines) {
    List<List<String>> rows =
        lines.stream().filter(l -> !l.isBlank()).map(CELLS::splitToList).toList();
    if (rows.size() < 2) {
      throw new InputException(
          "similarity file %s needs a header task,a,b… and a row a,1,0.3… for each task"
              .formatted(source));
    }
    List<String> tasks = rows.get(0).subList(1, rows.get(0).size());
    if (rows.size() - 1 != tasks.size()) {
      throw new InputException(
          "similarity file %s names %d tasks in its header, but has %d rows"
              .formatted(source, tasks.size(), rows.size() - 1));
    }
    double[][] values = new double[tasks.size()][];
    for (int i = 0; i < tasks.size(); i++) {
      List<String> row = rows.get(i + 1);
      if (!row.get(0).equals(tasks.get(i))) {
        throw new InputException(
            "similarity file %s: row %d is of '%s', but the header says '%s'"
                .formatted(source, i + 1, row.get(0), tasks.get(i)));
      }
      values[i] =
          row.stream().skip(1).mapToDouble(cell -> number(source, row.get(0), cell)).toArray();
    }
    return Similarity.of(tasks, values);
  }

  private static double number(String source, String task, String cell) {
    try {
      return Double.parseDouble(cell);
    } catch (NumberFormatException e) {
      throw new InputException(
          "similarity file %s, row of %s: '%s' is no number".formatted(source, task, cell), e);
    }
  }
}
