package io.peft4j.graph.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.toy.ToyBackbone;
import io.peft4j.graph.toy.ToyNet;
import io.peft4j.graph.toy.Toys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Groups of tasks decide how often each stage is computed, and by which streams. */
class GroupedCopiesProperties {
  private static final Backbone BACKBONE = ToyBackbone.of(1, 2, 1);
  private static final int STAGES = 3;

  /** For each task and stage a number; tasks with equal numbers so far are in one group. */
  @Provide
  Arbitrary<List<List<Integer>>> splits() {
    return Arbitraries.integers()
        .between(0, 2)
        .list()
        .ofSize(STAGES)
        .list()
        .ofMinSize(1)
        .ofMaxSize(5);
  }

  @Property(tries = 40)
  void eachStageIsComputedOncePerGroup(@ForAll("splits") List<List<Integer>> splits) {
    List<Task> tasks =
        Toys.tasks(IntStream.range(0, splits.size()).mapToObj(i -> "t" + i).toArray(String[]::new));
    List<List<Set<String>>> partitions = new ArrayList<>();
    for (int stage = 0; stage < STAGES; stage++) {
      partitions.add(partition(splits, stage));
    }
    PeftModel model = Toys.adapt(BACKBONE, Toys.lora(TaskRouter.grouped(partitions)), tasks);
    for (int stage = 0; stage < STAGES; stage++) {
      Set<String> streams =
          partitions.get(stage).stream()
              .map(g -> Stream.ofGroup(g).id())
              .collect(Collectors.toSet());
      String block = ToyNet.block(stage, 0);
      // What lies before the first adapter of a stage is still the same for groups that part there.
      for (String variable : List.of(block + ".mlp.fc2", block)) {
        assertEquals(
            streams.stream().map(s -> variable + "@" + s).collect(Collectors.toSet()),
            model.emission().copies().get(variable));
      }
      String adapter = block + ".mlp.fc1.lora_A.";
      assertEquals(
          streams.stream().map(s -> adapter + s).collect(Collectors.toSet()),
          model.arrays().keySet().stream()
              .filter(n -> n.startsWith(adapter))
              .collect(Collectors.toSet()));
    }
  }

  private static List<Set<String>> partition(List<List<Integer>> splits, int stage) {
    Map<String, Set<String>> groups = new TreeMap<>();
    for (int t = 0; t < splits.size(); t++) {
      String key = Arrays.toString(splits.get(t).subList(0, stage + 1).toArray());
      groups.computeIfAbsent(key, k -> new TreeSet<>()).add("t" + t);
    }
    return List.copyOf(groups.values());
  }
}
