package io.peft4j.grouping;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Algorithm 1 of TGLoRA (section 3.3): merges groups pair by pair, each time the pair whose union
 * gives the partition of the highest score.
 *
 * <p>As printed it starts from score 0 and takes only strictly better ones; scores are sums of
 * cosines, so where all candidates are at most 0 it would choose nothing. Here the first candidate
 * is always taken. Ties go to the pair with the lowest task indices.
 */
public final class GroupMerging {
  /** Scores closer than this are equal: sums of the same cosines in another order. */
  static final double EQUAL = 1e-12;

  private GroupMerging() {}

  /**
   * Merges down to a number of groups.
   *
   * @param groups from 1 to the number of groups of {@code start}
   */
  public static Partition merge(Similarity similarity, Partition start, int groups) {
    return chain(similarity, start).get(groups - 1);
  }

  /**
   * All steps of the merging: element {@code n-1} has n groups, the last element is {@code start};
   * each refines the one before it.
   */
  public static List<Partition> chain(Similarity similarity, Partition start) {
    List<Partition> steps = new ArrayList<>(List.of(start));
    Partition current = start;
    while (current.size() > 1) {
      current = mergedOnce(similarity, current);
      steps.add(current);
    }
    Collections.reverse(steps);
    return ImmutableList.copyOf(steps);
  }

  private static Partition mergedOnce(Similarity similarity, Partition partition) {
    List<List<Integer>> groups = partition.groups();
    double[] inner = groups.stream().mapToDouble(g -> links(similarity, g, g)).toArray();
    double best = Double.NEGATIVE_INFINITY;
    int bestA = 0;
    int bestB = 1;
    for (int a = 0; a < groups.size(); a++) {
      for (int b = a + 1; b < groups.size(); b++) {
        int size = groups.get(a).size() + groups.get(b).size();
        double across = 2 * links(similarity, groups.get(a), groups.get(b));
        double gain =
            (inner[a] + inner[b] + across) / (size - 1)
                - score(inner[a], groups.get(a).size())
                - score(inner[b], groups.get(b).size());
        if (gain > best + EQUAL) {
          best = gain;
          bestA = a;
          bestB = b;
        }
      }
    }
    return partition.merged(bestA, bestB);
  }

  /** The score of a group from the sum of its similarities in both directions. */
  static double score(double inner, int size) {
    return size == 1 ? 0 : inner / (size - 1);
  }

  private static double links(Similarity similarity, List<Integer> from, List<Integer> to) {
    double sum = 0;
    for (int a : from) {
      for (int b : to) {
        sum += a == b ? 0 : similarity.between(a, b);
      }
    }
    return sum;
  }
}
