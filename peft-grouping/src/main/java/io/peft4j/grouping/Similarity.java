package io.peft4j.grouping;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Similarities of tasks: a symmetric matrix of mean cosines, each in [-1, 1] (TGLoRA, section 3.1,
 * eq. 1-3). What a task is to itself is never asked.
 */
public final class Similarity {
  /** Rounding that a matrix printed with few digits may carry. */
  private static final double TOLERANCE = 1e-6;

  private final ImmutableList<String> tasks;
  private final double[][] values;

  private Similarity(List<String> tasks, double[][] values) {
    this.tasks = ImmutableList.copyOf(tasks);
    this.values = values;
  }

  /**
   * The similarities of named tasks.
   *
   * @param tasks names, in the order of rows and columns
   * @param values square matrix; its diagonal is ignored
   * @throws InputException if it is not square, not symmetric, not finite, or outside [-1, 1]
   */
  public static Similarity of(List<String> tasks, double[][] values) {
    int n = tasks.size();
    if (new HashSet<>(tasks).size() < n) {
      throw new InputException("similarity: a task is named twice in " + tasks);
    }
    if (n == 0 || values.length != n) {
      throw new InputException(
          "similarity: %d rows for the %d tasks %s".formatted(values.length, n, tasks));
    }
    double[][] checked = new double[n][n];
    for (int i = 0; i < n; i++) {
      if (values[i].length != n) {
        throw new InputException(
            "similarity: the row of %s has %d values, not %d"
                .formatted(tasks.get(i), values[i].length, n));
      }
    }
    for (int i = 0; i < n; i++) {
      checked[i][i] = 1;
      for (int j = 0; j < i; j++) {
        requireCosine(tasks.get(i), tasks.get(j), values[i][j]);
        requireCosine(tasks.get(j), tasks.get(i), values[j][i]);
        if (Math.abs(values[i][j] - values[j][i]) > TOLERANCE) {
          throw new InputException(
              "similarity of %s and %s is %s one way and %s the other; the matrix is symmetric"
                  .formatted(tasks.get(i), tasks.get(j), values[i][j], values[j][i]));
        }
        double mean = Math.max(-1, Math.min(1, (values[i][j] + values[j][i]) / 2));
        checked[i][j] = mean;
        checked[j][i] = mean;
      }
    }
    return new Similarity(tasks, checked);
  }

  /**
   * The similarities of the given tasks from values by pair.
   *
   * @param pairs values by {@code a+b}, in either order; pairs of other tasks are ignored
   * @throws InputException if a key is no pair, a pair of the tasks is missing or given twice, or a
   *     value is no cosine
   */
  public static Similarity ofPairs(List<String> tasks, Map<String, Double> pairs) {
    Set<String> named = new TreeSet<>();
    pairs.keySet().forEach(pair -> named.addAll(namesOf(pair)));
    double[][] values = new double[tasks.size()][tasks.size()];
    for (int i = 0; i < tasks.size(); i++) {
      for (int j = 0; j < i; j++) {
        String key = tasks.get(j) + "+" + tasks.get(i);
        String reverse = tasks.get(i) + "+" + tasks.get(j);
        if (pairs.containsKey(key) == pairs.containsKey(reverse)) {
          throw new InputException(
              pairs.containsKey(key)
                  ? "similarity: %s and %s are the same pair; give it once".formatted(key, reverse)
                  : "similarity of %s and %s is missing; add %s=…%s"
                      .formatted(tasks.get(j), tasks.get(i), key, others(named, tasks)));
        }
        Double value = pairs.containsKey(key) ? pairs.get(key) : pairs.get(reverse);
        values[i][j] = value;
        values[j][i] = value;
      }
    }
    return of(tasks, values);
  }

  /** The two names of a key. */
  private static List<String> namesOf(String pair) {
    List<String> names = Splitter.on('+').splitToList(pair);
    if (names.size() != 2 || names.contains("") || names.get(0).equals(names.get(1))) {
      throw new InputException(
          "similarity '%s' is no pair of tasks; write a+b=0.3 with the names of two"
              .formatted(pair));
    }
    return names;
  }

  /** Names that are no tasks: usually what is missing is written there with another letter. */
  private static String others(Set<String> named, List<String> tasks) {
    return named.stream()
        .filter(name -> !tasks.contains(name))
        .map(name -> "; '%s' is no task here%s".formatted(name, NearestName.hint(name, tasks)))
        .collect(Collectors.joining());
  }

  /** Names of the tasks; their order gives the indices. */
  public List<String> tasks() {
    return tasks;
  }

  /** Number of tasks. */
  public int size() {
    return tasks.size();
  }

  /** Similarity of tasks {@code a} and {@code b}, by index; 1 of a task and itself. */
  public double between(int a, int b) {
    return values[a][b];
  }

  /** Values by pair {@code a+b}, as {@link #ofPairs} takes them. */
  public Map<String, Double> pairs() {
    ImmutableMap.Builder<String, Double> pairs = ImmutableMap.builder();
    for (int i = 0; i < size(); i++) {
      for (int j = i + 1; j < size(); j++) {
        pairs.put(tasks.get(i) + "+" + tasks.get(j), values[i][j]);
      }
    }
    return pairs.buildOrThrow();
  }

  private static void requireCosine(String a, String b, double value) {
    if (!(Math.abs(value) <= 1 + TOLERANCE)) {
      throw new InputException(
          "similarity of %s and %s is %s, but a cosine lies in [-1, 1]".formatted(a, b, value));
    }
  }
}
