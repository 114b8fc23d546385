package io.peft4j.baselines.svft;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The places of M that are trained, in the order of the trained values.
 *
 * @param rows row of each
 * @param columns column of each
 */
record Entries(int[] rows, int[] columns) {

  /** How many entries a band of {@code k} diagonals on each side of an n×n matrix has. */
  static int ofBand(int n, int k) {
    return n * (2 * k + 1) - k * (k + 1);
  }

  /** Uniform places of an n×n matrix; one that is drawn twice has two values, which add up. */
  static Entries random(int n, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] rows = IntStream.generate(() -> random.nextInt(n)).limit(count).toArray();
    int[] columns = IntStream.generate(() -> random.nextInt(n)).limit(count).toArray();
    return new Entries(rows, columns);
  }

  /** The places of the largest values; of equal ones the first, row by row. */
  static Entries largest(double[][] values, int count) {
    List<int[]> places = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      for (int j = 0; j < values[i].length; j++) {
        places.add(new int[] {i, j});
      }
    }
    places.sort(Comparator.comparingDouble(p -> -values[p[0]][p[1]]));
    List<int[]> chosen = places.subList(0, count);
    return new Entries(
        chosen.stream().mapToInt(p -> p[0]).toArray(),
        chosen.stream().mapToInt(p -> p[1]).toArray());
  }
}
