package io.peft4j.grouping;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Chooses the number of groups of each stage under a budget; the paper leaves this open (TGLoRA,
 * section 6).
 *
 * <p>The value of a stage is the sum over tasks of eq. 5, except that a task alone counts 1, its
 * similarity to itself, not 0: sharing costs as much as the tasks that share disagree. Stages weigh
 * the same. Numbers of groups never fall with depth, groups are those of {@link Grouping#stages},
 * and of all choices within the budget the one of the highest value is taken; ties go to the lower
 * cost, then to fewer groups in early stages.
 *
 * @param fixed cost that does not depend on groups
 * @param perGroup for each stage the cost of one group
 */
public record GroupBudget(long fixed, ImmutableLongArray perGroup) {
  /** Checks that costs are not negative and there is a stage. */
  public GroupBudget {
    if (fixed < 0 || perGroup.isEmpty() || perGroup.stream().anyMatch(c -> c < 0)) {
      throw new IllegalArgumentException("costs %d and %s".formatted(fixed, perGroup));
    }
  }

  /**
   * A choice.
   *
   * @param counts groups of each stage
   * @param cost what they cost
   * @param value what they are worth
   */
  public record Choice(List<Integer> counts, long cost, double value) {
    /** Copies the counts. */
    public Choice {
      counts = ImmutableList.copyOf(counts);
    }

    private Choice before(int count, long more, double worth) {
      return new Choice(
          ImmutableList.<Integer>builder().add(count).addAll(counts).build(),
          cost + more,
          value + worth);
    }
  }

  private static final Comparator<Choice> BETTER =
      Comparator.comparingDouble((Choice c) -> -c.value())
          .thenComparingLong(Choice::cost)
          .thenComparing(Choice::counts, GroupBudget::compareCounts);

  /** What one group in every stage costs; nothing costs less. */
  public long least() {
    return fixed + perGroup.stream().sum();
  }

  /** The cost of the given numbers of groups. */
  public long cost(List<Integer> counts) {
    return fixed
        + IntStream.range(0, counts.size())
            .mapToLong(s -> Math.multiplyExact(counts.get(s), perGroup.get(s)))
            .sum();
  }

  /** The best choice within a budget; empty if not even one group everywhere fits. */
  public Optional<Choice> choose(Similarity similarity, double budget) {
    return IntStream.rangeClosed(1, similarity.size())
        .mapToObj(last -> choose(similarity, budget, last))
        .flatMap(Optional::stream)
        .min(BETTER);
  }

  /** The best choice whose last stage has {@code last} groups: dynamic programming backwards. */
  private Optional<Choice> choose(Similarity similarity, double budget, int last) {
    double[] worth =
        GroupMerging.chain(similarity, Grouping.finest(similarity, last)).stream()
            .mapToDouble(p -> worth(similarity, p))
            .toArray();
    int deepest = perGroup.length() - 1;
    List<List<Choice>> byCount = new ArrayList<>();
    for (int count = 1; count <= last; count++) {
      byCount.add(List.of());
    }
    Choice start = new Choice(List.of(last), fixed + last * perGroup.get(deepest), worth[last - 1]);
    byCount.set(last - 1, List.of(start));
    long left = perGroup.stream().sum() - perGroup.get(deepest);
    for (int s = deepest - 1; s >= 0; s--) {
      left -= perGroup.get(s);
      byCount = earlier(byCount, perGroup.get(s), worth, budget - left);
    }
    return byCount.stream().flatMap(List::stream).filter(c -> c.cost() <= budget).min(BETTER);
  }

  /** Choices one stage nearer to the input, by the count of that stage. */
  private static List<List<Choice>> earlier(
      List<List<Choice>> later, long perGroup, double[] worth, double budget) {
    List<List<Choice>> result = new ArrayList<>();
    for (int count = 1; count <= later.size(); count++) {
      int chosen = count;
      result.add(
          undominated(
              later.subList(count - 1, later.size()).stream()
                  .flatMap(List::stream)
                  .map(c -> c.before(chosen, chosen * perGroup, worth[chosen - 1]))
                  .filter(c -> c.cost() <= budget)
                  .toList()));
    }
    return result;
  }

  /** Without choices that cost no less than another one and are worth no more. */
  private static List<Choice> undominated(List<Choice> choices) {
    List<Choice> kept = new ArrayList<>();
    List<Choice> byCost =
        choices.stream()
            .sorted(Comparator.comparingLong(Choice::cost).thenComparing(BETTER))
            .toList();
    for (Choice c : byCost) {
      if (kept.isEmpty() || c.value() > kept.get(kept.size() - 1).value()) {
        kept.add(c);
      }
    }
    return kept;
  }

  /** What a partition of one stage is worth. */
  static double worth(Similarity similarity, Partition partition) {
    return partition.groups().stream()
        .mapToDouble(g -> g.size() == 1 ? 1 : PartitionScore.ofGroup(similarity, g))
        .sum();
  }

  private static int compareCounts(List<Integer> a, List<Integer> b) {
    return java.util.Arrays.compare(
        a.stream().mapToInt(i -> i).toArray(), b.stream().mapToInt(i -> i).toArray());
  }
}
