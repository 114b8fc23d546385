package io.peft4j.grouping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Laws of partitions, merging and search, on random similarities. */
class GroupingProperties {
  @Property(tries = 60)
  void branchAndBoundFindsTheOptimum(
      @ForAll @IntRange(min = 1, max = 8) int tasks, @ForAll long seed) {
    Similarity similarity = Similarities.random(tasks, seed);
    double[] optimum = optima(similarity);
    for (int groups = 1; groups <= tasks; groups++) {
      Partition found = BranchAndBound.best(similarity, groups);
      assertEquals(groups, found.size());
      assertEquals(optimum[groups - 1], PartitionScore.of(similarity, found), 1e-9);
    }
  }

  /** Where many partitions are equally good, bounds are equal too and must not cut the answer. */
  @Property(tries = 40)
  void branchAndBoundFindsTheOptimumAmongTies(
      @ForAll @IntRange(min = 2, max = 8) int tasks, @ForAll @IntRange(max = 1000) int seed) {
    java.util.Random random = new java.util.Random(seed);
    Similarity similarity = Similarities.of(tasks, (i, j) -> random.nextInt(3) / 2.0 - 0.5);
    double[] optimum = optima(similarity);
    for (int groups = 1; groups <= tasks; groups++) {
      Partition found = BranchAndBound.best(similarity, groups);
      assertEquals(optimum[groups - 1], PartitionScore.of(similarity, found), 1e-9);
      assertEquals(found, BranchAndBound.best(similarity, groups));
    }
  }

  @Property(tries = 60)
  void stagesOnlySplitWithDepthAndHaveTheNumbersAskedFor(
      @ForAll @IntRange(min = 1, max = 14) int tasks,
      @ForAll long seed,
      @ForAll List<@IntRange(min = 1, max = 14) Integer> drawn) {
    List<Integer> counts =
        IntStream.concat(
                drawn.stream().limit(5).mapToInt(c -> Math.min(c, tasks)).sorted(),
                IntStream.of(tasks))
            .boxed()
            .toList();
    List<List<Partition>> both =
        List.of(
            Grouping.stages(Similarities.random(tasks, seed), counts),
            Grouping.stagesInOrder(tasks, counts));
    for (List<Partition> stages : both) {
      assertEquals(counts, stages.stream().map(Partition::size).toList());
      for (int s = 1; s < stages.size(); s++) {
        assertTrue(stages.get(s).refines(stages.get(s - 1)), stages::toString);
      }
    }
  }

  /** Each step of Algorithm 1 is the best of all merges of two groups, positive or not. */
  @Property(tries = 60)
  void mergingTakesTheBestPair(@ForAll @IntRange(min = 2, max = 9) int tasks, @ForAll long seed) {
    Similarity similarity = Similarities.random(tasks, seed);
    List<Partition> chain = GroupMerging.chain(similarity, Partition.singletons(tasks));
    for (int n = tasks; n > 1; n--) {
      Partition from = chain.get(n - 1);
      double best = Double.NEGATIVE_INFINITY;
      for (int a = 0; a < n; a++) {
        for (int b = a + 1; b < n; b++) {
          best = Math.max(best, PartitionScore.of(similarity, from.merged(a, b)));
        }
      }
      assertEquals(n - 1, chain.get(n - 2).size());
      assertEquals(best, PartitionScore.of(similarity, chain.get(n - 2)), 1e-9);
    }
  }

  @Property(tries = 60)
  void theApproximationIsNoWorseThanAlgorithmOneAndNoBetterThanTheOptimum(
      @ForAll @IntRange(min = 2, max = 8) int tasks, @ForAll long seed) {
    Similarity similarity = Similarities.random(tasks, seed);
    List<Partition> chain = GroupMerging.chain(similarity, Partition.singletons(tasks));
    for (int groups = 1; groups <= tasks; groups++) {
      Partition found = ApproximateGrouping.of(similarity, groups);
      double score = PartitionScore.of(similarity, found);
      assertEquals(groups, found.size());
      assertTrue(score >= PartitionScore.of(similarity, chain.get(groups - 1)) - 1e-9);
      assertTrue(
          score <= PartitionScore.of(similarity, BranchAndBound.best(similarity, groups)) + 1e-9);
    }
  }

  /** Eq. 6 in one sweep over pairs: a pair of a group of m counts twice, divided by m - 1. */
  @Property(tries = 60)
  void theScoreIsASumOverPairs(@ForAll @IntRange(min = 1, max = 8) int tasks, @ForAll long seed) {
    Similarity similarity = Similarities.random(tasks, seed);
    Partition partition = Grouping.inOrder(tasks, 1 + (int) Math.floorMod(seed, (long) tasks));
    double sum = 0;
    for (List<Integer> group : partition.groups()) {
      for (int a : group) {
        for (int b : group) {
          sum += a < b ? 2 * similarity.between(a, b) / (group.size() - 1) : 0;
        }
      }
    }
    assertEquals(sum, PartitionScore.of(similarity, partition), 1e-12);
  }

  private static double[] optima(Similarity similarity) {
    double[] optimum = new double[similarity.size()];
    java.util.Arrays.fill(optimum, Double.NEGATIVE_INFINITY);
    for (Partition p : Similarities.allPartitions(similarity.size())) {
      optimum[p.size() - 1] = Math.max(optimum[p.size() - 1], PartitionScore.of(similarity, p));
    }
    return optimum;
  }
}
