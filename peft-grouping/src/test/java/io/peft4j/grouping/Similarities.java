package io.peft4j.grouping;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Similarities and partitions to test with. */
final class Similarities {
  private Similarities() {}

  /** Cosines drawn evenly from [-1, 1]. */
  static Similarity random(int tasks, long seed) {
    Random random = new Random(seed);
    return of(tasks, (i, j) -> 2 * random.nextDouble() - 1);
  }

  /**
   * Tasks of a cluster are similar, others are not, both with noise; clusters are {@code t % k}.
   */
  static Similarity clustered(int tasks, int clusters, double noise, long seed) {
    Random random = new Random(seed);
    return of(
        tasks,
        (i, j) ->
            (i % clusters == j % clusters ? 0.6 : -0.1) + noise * (2 * random.nextDouble() - 1));
  }

  /** A value for tasks {@code i > j}. */
  interface Pair {
    double value(int i, int j);
  }

  static Similarity of(int tasks, Pair pair) {
    double[][] values = new double[tasks][tasks];
    for (int i = 0; i < tasks; i++) {
      for (int j = 0; j < i; j++) {
        values[i][j] = pair.value(i, j);
        values[j][i] = values[i][j];
      }
    }
    return Similarity.of(names(tasks), values);
  }

  static List<String> names(int tasks) {
    return IntStream.range(0, tasks).mapToObj(i -> "t" + i).toList();
  }

  /** All partitions of {@code tasks} tasks, by restricted growth strings. */
  static List<Partition> allPartitions(int tasks) {
    List<Partition> all = new ArrayList<>();
    grow(new int[tasks], 0, 0, all);
    return all;
  }

  private static void grow(int[] label, int task, int open, List<Partition> all) {
    if (task == label.length) {
      all.add(Partition.ofLabels(label));
      return;
    }
    for (int g = 0; g <= open; g++) {
      label[task] = g;
      grow(label, task + 1, Math.max(open, g + 1), all);
    }
  }
}
