package io.peft4j.baselines.adalora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.select.SiteSelector;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The budget starts whole, never grows, and ends at the target. */
class BudgetScheduleProperties {
  @Property(tries = 100)
  void theBudgetFallsFromStartToTarget(
      @ForAll @IntRange(min = 1, max = 40) int target,
      @ForAll @IntRange(max = 40) int more,
      @ForAll @IntRange(max = 20) int warmup,
      @ForAll @IntRange(min = 1, max = 50) int pruning,
      @ForAll @IntRange(max = 20) int last) {
    int total = warmup + pruning + last;
    BudgetSchedule schedule =
        new BudgetSchedule(target + more, target, warmup, warmup + pruning, 3);
    int before = target + more;
    int choices = 0;
    for (int step = 1; step <= total + 5; step++) {
      int budget = schedule.budget(step);
      assertTrue(budget <= before && budget >= target, "step " + step);
      assertEquals(step <= warmup, step <= warmup && budget == target + more, "warming up");
      assertFalse(schedule.chooses(step) && schedule.isFixed(step), "chosen for good");
      choices += schedule.chooses(step) ? 1 : 0;
      before = budget;
    }
    assertEquals(target, schedule.budget(warmup + pruning), "the last choice is the target");
    assertTrue(schedule.chooses(warmup + pruning) && choices >= 1);
  }

  /** Numbers of the formula in HF peft's RankAllocator, worked out by hand. */
  @Example
  void theDecreaseIsCubic() {
    BudgetSchedule schedule = new BudgetSchedule(120, 40, 10, 90, 4);
    assertEquals(120, schedule.budget(10));
    assertEquals(50, schedule.budget(50)); // 80 · ½³ + 40
    assertEquals(41, schedule.budget(70)); // 80 · ¼³ + 40 = 41.25
    assertEquals(40, schedule.budget(90));
    assertEquals(
        List.of(12L, 16L, 20L),
        java.util.stream.LongStream.rangeClosed(1, 20).filter(schedule::chooses).boxed().toList());
    assertTrue(schedule.chooses(90) && !schedule.chooses(92) && schedule.isFixed(91));
  }

  @Example
  void sharesAreThoseOfTheTraining() {
    AdaLoraConfig config =
        new AdaLoraConfig(
            3,
            2,
            8,
            0,
            0.1,
            0.29,
            10,
            0.85,
            0.85,
            0.1,
            AdaLoraConfig.Penalty.NORM,
            SiteSelector.of("mlp"),
            false);
    assertEquals(new BudgetSchedule(15, 10, 10, 71, 10), BudgetSchedule.of(config, 5, 100));
    assertEquals(new BudgetSchedule(15, 10, 0, 1, 10), BudgetSchedule.of(config, 5, 1));
  }
}
