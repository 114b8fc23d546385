package io.peft4j.api.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Laws that every router keeps, checked on the ones that come with the API. */
class TaskRouterProperties {
  private static final List<String> TASKS = List.of("depth", "edge", "normals", "sal", "semseg");
  private static final int STAGES = 4;

  @Property(tries = 100)
  void routingIsIdempotentAndKeepsTheSharedStream(
      @ForAll("routers") TaskRouter router,
      @ForAll @IntRange(max = STAGES - 1) int stage,
      @ForAll("tasks") String task) {
    Place place = place(stage);
    assertEquals(Stream.SHARED, router.route(place, Stream.SHARED));
    Stream once = router.route(place, Stream.of(task));
    assertEquals(once, router.route(place, once));
  }

  @Property(tries = 100)
  void aGroupedRouterAnswersByAGroupThatHoldsTheTask(
      @ForAll("chains") List<List<Set<String>>> chain,
      @ForAll @IntRange(max = STAGES - 1) int stage,
      @ForAll("tasks") String task) {
    Stream stream = TaskRouter.grouped(chain).route(place(stage), Stream.of(task));
    assertTrue(stream.tasks().contains(task));
    assertTrue(chain.get(stage).contains(Set.copyOf(stream.tasks())));
  }

  @Property(tries = 100)
  void groupsOnlySplitWithDepth(
      @ForAll("chains") List<List<Set<String>>> chain, @ForAll("tasks") String task) {
    TaskRouter router = TaskRouter.grouped(chain);
    Set<String> before = Set.copyOf(TASKS);
    for (int stage = 0; stage < STAGES; stage++) {
      Stream stream = router.route(place(stage), Stream.of(task));
      assertTrue(before.containsAll(stream.tasks()));
      // a deep stream finds its way to the stage before
      if (stage > 0) {
        Stream up = router.route(place(stage - 1), stream);
        assertTrue(up.tasks().containsAll(stream.tasks()));
      }
      before = stream.tasks();
    }
  }

  @Property(tries = 50)
  void theFinestGroupingIsPerTask(
      @ForAll @IntRange(max = STAGES - 1) int stage, @ForAll("tasks") String task) {
    List<Set<String>> singles = TASKS.stream().map(Set::of).toList();
    TaskRouter router = TaskRouter.grouped(List.of(singles, singles, singles, singles));
    assertEquals(
        TaskRouter.perTask().route(place(stage), Stream.of(task)),
        router.route(place(stage), Stream.of(task)));
  }

  @Property(tries = 50)
  void aGroupsStreamDoesNotDependOnTheOrderOfItsTasks(@ForAll("shuffled") List<String> tasks) {
    assertEquals(Stream.ofGroup(TASKS), Stream.ofGroup(tasks));
    assertEquals("x@" + String.join("+", TASKS), Stream.ofGroup(tasks).tag("x"));
  }

  @Provide
  Arbitrary<String> tasks() {
    return Arbitraries.of(TASKS);
  }

  @Provide
  Arbitrary<List<String>> shuffled() {
    return Arbitraries.shuffle(TASKS);
  }

  @Provide
  Arbitrary<TaskRouter> routers() {
    return Arbitraries.oneOf(
        Arbitraries.of(TaskRouter.shared(), TaskRouter.perTask()),
        chains().map(TaskRouter::grouped));
  }

  /** Random partitions of the tasks, each splitting the groups of the one before. */
  @Provide
  Arbitrary<List<List<Set<String>>>> chains() {
    return Arbitraries.integers()
        .between(0, 2)
        .array(int[].class)
        .ofSize(STAGES * TASKS.size())
        .map(TaskRouterProperties::chain);
  }

  private static List<List<Set<String>>> chain(int[] labels) {
    List<List<Set<String>>> chain = new ArrayList<>();
    for (int stage = 0; stage < STAGES; stage++) {
      // tasks are together while all their labels up to this stage agree
      Map<List<Integer>, Set<String>> groups = new HashMap<>();
      for (int t = 0; t < TASKS.size(); t++) {
        int task = t;
        List<Integer> history =
            IntStream.rangeClosed(0, stage)
                .map(s -> labels[s * TASKS.size() + task])
                .boxed()
                .toList();
        groups.computeIfAbsent(history, h -> new HashSet<>()).add(TASKS.get(t));
      }
      chain.add(List.copyOf(groups.values()));
    }
    return chain;
  }

  private static Place place(int stage) {
    return new Place(stage, 0, 1, Role.ATTN_QKV);
  }
}
