package io.peft4j.grouping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.ImmutableLongArray;
import io.peft4j.grouping.GroupBudget.Choice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The choice under a budget is the best of all monotone numbers of groups. */
class GroupBudgetProperties {
  @Property(tries = 80)
  void theChoiceIsTheBestOfAll(
      @ForAll @IntRange(min = 1, max = 6) int tasks,
      @ForAll long seed,
      @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 20) Integer> perGroup,
      @ForAll @IntRange(max = 10) int fixed,
      @ForAll @IntRange(max = 200) int budget) {
    GroupBudget costs =
        new GroupBudget(
            fixed,
            ImmutableLongArray.copyOf(perGroup.stream().mapToLong(Integer::longValue).toArray()));
    Similarity similarity = Similarities.random(tasks, seed);
    Optional<Choice> choice = costs.choose(similarity, budget);
    double best = Double.NEGATIVE_INFINITY;
    for (List<Integer> counts : rising(perGroup.size(), 1, tasks)) {
      if (costs.cost(counts) <= budget) {
        best = Math.max(best, worth(similarity, counts));
      }
    }
    assertEquals(costs.least() <= budget, choice.isPresent());
    choice.ifPresent(c -> assertTrue(c.cost() <= budget && costs.cost(c.counts()) == c.cost()));
    if (choice.isPresent()) {
      assertEquals(best, choice.get().value(), 1e-9);
      assertEquals(best, worth(similarity, choice.get().counts()), 1e-9);
    }
  }

  @Property(tries = 30)
  void withoutALimitEveryTaskIsAlone(
      @ForAll @IntRange(min = 1, max = 6) int tasks, @ForAll long seed) {
    GroupBudget costs = new GroupBudget(0, ImmutableLongArray.of(1, 1, 1));
    assertEquals(
        List.of(tasks, tasks, tasks),
        costs.choose(Similarities.random(tasks, seed), 1e9).orElseThrow().counts());
  }

  private static double worth(Similarity similarity, List<Integer> counts) {
    return Grouping.stages(similarity, counts).stream()
        .mapToDouble(p -> GroupBudget.worth(similarity, p))
        .sum();
  }

  private static List<List<Integer>> rising(int stages, int from, int to) {
    if (stages == 0) {
      return List.of(List.of());
    }
    List<List<Integer>> all = new ArrayList<>();
    for (int first = from; first <= to; first++) {
      for (List<Integer> rest : rising(stages - 1, first, to)) {
        List<Integer> counts = new ArrayList<>(List.of(first));
        counts.addAll(rest);
        all.add(counts);
      }
    }
    return all;
  }
}
