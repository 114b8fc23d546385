package io.peft4j.grouping;

import java.util.List;

/**
 * A good partition of many tasks, where branch and bound would take too long; the paper leaves this
 * open (TGLoRA, section 6).
 *
 * <p>Two starts, Algorithm 1 from single tasks and the split in order, are improved by moving one
 * task or swapping two as long as the score (eq. 6) grows. A round costs O(n²) for n tasks;
 * deterministic.
 */
public final class ApproximateGrouping {
  private final Similarity similarity;
  private final int n;
  private final int[] label;
  private final int[] size;

  /** Sum of similarities in both directions within a group. */
  private final double[] inner;

  /** {@code links[t][g]}: sum of similarities of task t to the members of group g but itself. */
  private final double[][] links;

  private ApproximateGrouping(Similarity similarity, Partition start) {
    this.similarity = similarity;
    this.n = similarity.size();
    this.label = new int[n];
    this.size = new int[start.size()];
    this.inner = new double[start.size()];
    this.links = new double[n][start.size()];
    for (int g = 0; g < start.size(); g++) {
      for (int task : start.groups().get(g)) {
        label[task] = g;
        size[g]++;
      }
    }
    for (int t = 0; t < n; t++) {
      for (int other = 0; other < n; other++) {
        links[t][label[other]] += other == t ? 0 : similarity.between(t, other);
      }
      inner[label[t]] += links[t][label[t]];
    }
  }

  /**
   * A partition into exactly {@code groups} groups.
   *
   * @param groups from 1 to the number of tasks
   */
  public static Partition of(Similarity similarity, int groups) {
    Partition agglomerated =
        GroupMerging.merge(similarity, Partition.singletons(similarity.size()), groups);
    Partition inOrder = Grouping.inOrder(similarity.size(), groups);
    Partition best = agglomerated;
    for (Partition start : List.of(agglomerated, inOrder)) {
      Partition improved = new ApproximateGrouping(similarity, start).improve();
      if (PartitionScore.of(similarity, improved)
          > PartitionScore.of(similarity, best) + GroupMerging.EQUAL) {
        best = improved;
      }
    }
    return best;
  }

  private Partition improve() {
    // every step raises the score, so no partition is seen twice and this ends
    while (moveOnce() || swapOnce()) {}
    return Partition.ofLabels(label);
  }

  private boolean moveOnce() {
    boolean moved = false;
    for (int t = 0; t < n; t++) {
      for (int to = 0; to < size.length && size[label[t]] > 1; to++) {
        if (to != label[t] && gainOfMove(t, to) > GroupMerging.EQUAL) {
          move(t, to);
          moved = true;
        }
      }
    }
    return moved;
  }

  private boolean swapOnce() {
    for (int a = 0; a < n; a++) {
      for (int b = a + 1; b < n; b++) {
        if (label[a] != label[b] && gainOfSwap(a, b) > GroupMerging.EQUAL) {
          int groupOfA = label[a];
          move(a, label[b]);
          move(b, groupOfA);
          return true;
        }
      }
    }
    return false;
  }

  private double gainOfMove(int t, int to) {
    int from = label[t];
    return score(inner[from] - 2 * links[t][from], size[from] - 1)
        + score(inner[to] + 2 * links[t][to], size[to] + 1)
        - score(inner[from], size[from])
        - score(inner[to], size[to]);
  }

  private double gainOfSwap(int a, int b) {
    int g = label[a];
    int h = label[b];
    double across = similarity.between(a, b);
    double innerG = inner[g] - 2 * links[a][g] + 2 * (links[b][g] - across);
    double innerH = inner[h] - 2 * links[b][h] + 2 * (links[a][h] - across);
    return score(innerG, size[g])
        + score(innerH, size[h])
        - score(inner[g], size[g])
        - score(inner[h], size[h]);
  }

  private void move(int t, int to) {
    int from = label[t];
    inner[from] -= 2 * links[t][from];
    inner[to] += 2 * links[t][to];
    size[from]--;
    size[to]++;
    label[t] = to;
    for (int other = 0; other < n; other++) {
      if (other != t) {
        links[other][from] -= similarity.between(other, t);
        links[other][to] += similarity.between(other, t);
      }
    }
  }

  private static double score(double inner, int size) {
    return size <= 1 ? 0 : GroupMerging.score(inner, size);
  }
}
