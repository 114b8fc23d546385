package io.peft4j.grouping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Grouping where the answer is known. */
class GroupingTest {
  private static final List<Integer> PAPER = List.of(1, 2, 3, 4);

  @Test
  void everySimilarityNegativeStillMerges() {
    // as printed, Algorithm 1 starts at 0 and would find no candidate
    Similarity similarity = Similarities.of(4, (i, j) -> i == 3 && j == 1 ? -0.1 : -0.5);
    List<Partition> stages = Grouping.stages(similarity, PAPER);
    assertEquals(Partition.whole(4), stages.get(0));
    assertEquals(List.of(List.of(0), List.of(1, 3), List.of(2)), stages.get(2).groups());
  }

  @Test
  void tiesGoToTheLowestTasks() {
    Similarity similarity = Similarities.of(4, (i, j) -> 0.25);
    List<Partition> stages = Grouping.stages(similarity, PAPER);
    assertEquals(List.of(List.of(0, 1), List.of(2), List.of(3)), stages.get(2).groups());
  }

  @Test
  void withoutSimilarityTheLargestGroupIsHalved() {
    assertEquals(
        List.of(
            List.of(List.of(0, 1, 2, 3)),
            List.of(List.of(0, 1), List.of(2, 3)),
            List.of(List.of(0), List.of(1), List.of(2, 3)),
            List.of(List.of(0), List.of(1), List.of(2), List.of(3))),
        Grouping.stagesInOrder(4, PAPER).stream().map(Partition::groups).toList());
    assertEquals(List.of(List.of(0, 1, 2), List.of(3, 4)), Grouping.inOrder(5, 2).groups());
  }

  @Test
  void progressiveNumbersAreThoseOfThePaper() {
    assertEquals(PAPER, Grouping.progressive(4, 4));
    assertEquals(List.of(1, 1, 2, 3), Grouping.progressive(3, 4));
    assertEquals(List.of(1, 2, 4, 6), Grouping.progressive(6, 4));
    assertEquals(List.of(1, 1, 1, 1), Grouping.progressive(1, 4));
    assertEquals(List.of(5), Grouping.progressive(5, 1));
  }

  @Test
  void fiftyTasksInFiveClustersAreFound() {
    Similarity similarity = Similarities.clustered(50, 5, 0.3, 1);
    Partition truth = Partition.ofLabels(IntStream.range(0, 50).map(t -> t % 5).toArray());
    assertEquals(truth, Grouping.finest(similarity, 5));
  }

  /** No task can have a mean above the largest similarity, and here each one reaches it. */
  @ParameterizedTest
  @ValueSource(ints = {2, 5, 10, 25})
  void atFiftyTasksTheOptimumIsFoundWhereItIsKnown(int clusters) {
    Similarity similarity = Similarities.clustered(50, clusters, 0, 1);
    assertEquals(
        50 * 0.6,
        PartitionScore.of(similarity, ApproximateGrouping.of(similarity, clusters)),
        1e-9);
  }

  /** Without structure no optimum is known at 50; at 9 tasks it is, and most often met. */
  @Test
  void theApproximationIsCloseToTheOptimumOnRandomSimilarities() {
    double found = 0;
    double optimum = 0;
    int met = 0;
    for (int seed = 0; seed < 40; seed++) {
      Similarity similarity = Similarities.random(9, seed);
      double approximate = PartitionScore.of(similarity, ApproximateGrouping.of(similarity, 4));
      double best = PartitionScore.of(similarity, BranchAndBound.best(similarity, 4));
      found += approximate;
      optimum += best;
      met += best - approximate < 1e-9 ? 1 : 0;
    }
    double share = found / optimum;
    int timesMet = met;
    assertTrue(share > 0.95, () -> "score " + share + " of the optimum");
    assertTrue(timesMet >= 20, () -> timesMet + " of 40 met the optimum");
  }

  @Test
  void fiftyTasksWithoutStructureGiveATree() {
    Similarity similarity = Similarities.random(50, 3);
    List<Partition> stages = Grouping.stages(similarity, List.of(3, 11, 20, 31));
    assertEquals(List.of(3, 11, 20, 31), stages.stream().map(Partition::size).toList());
    assertEquals(stages, Grouping.stages(similarity, List.of(3, 11, 20, 31)));
  }

  @Test
  void fallingCountsAndTooManyGroupsAreRefused() {
    Similarity similarity = Similarities.random(3, 0);
    assertThrows(IllegalArgumentException.class, () -> Grouping.stages(similarity, List.of(2, 1)));
    assertThrows(IllegalArgumentException.class, () -> Grouping.stages(similarity, List.of(1, 4)));
    assertThrows(IllegalArgumentException.class, () -> BranchAndBound.best(similarity, 0));
  }

  @Test
  void partitionsAreCanonicalAndChecked() {
    assertEquals(new Partition(List.of(List.of(2), List.of(1, 0))), Partition.ofLabels(7, 7, 1));
    assertThrows(
        IllegalArgumentException.class, () -> new Partition(List.of(List.of(0), List.of(0, 1))));
    assertThrows(IllegalArgumentException.class, () -> new Partition(List.of(List.of(1))));
    assertThrows(IllegalArgumentException.class, () -> new Partition(List.of(List.of())));
    assertThrows(IllegalArgumentException.class, () -> new Partition(List.of()));
  }
}
