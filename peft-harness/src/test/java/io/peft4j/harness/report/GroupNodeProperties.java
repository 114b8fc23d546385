package io.peft4j.harness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.harness.groups.StageGroups;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Boxes of a drawn tree have room, whatever the tree. */
class GroupNodeProperties {
  /** No two boxes of a stage touch, and what splits stands above what it splits into. */
  @Property(tries = 60)
  void boxesHaveRoom(@ForAll @IntRange(min = 1, max = 40) int tasks, @ForAll long seed) {
    List<StageGroups> stages = randomTree(tasks, new Random(seed));
    List<GroupNode> roots = GroupNode.tree(stages, (stage, group) -> "score 0.123 · 1.00 GMACs");
    double x = 100;
    for (GroupNode root : roots) {
      x = root.place(x) + GroupNode.GAP;
    }
    double end = x;
    for (StageGroups stage : stages) {
      List<GroupNode> level = level(roots, stage.stage());
      assertEquals(stage.groups().size(), level.size());
      double before = 100 - GroupNode.GAP;
      for (GroupNode node : level) {
        assertTrue(node.middle() - node.width() / 2 >= before + GroupNode.GAP - 1e-6);
        before = node.middle() + node.width() / 2;
        assertTrue(node.right() <= end + 1e-6 && before <= node.right() + 1e-6);
        node.children()
            .forEach(c -> assertTrue(node.group().tasks().containsAll(c.group().tasks())));
        List<String> names = new ArrayList<>();
        node.lines().forEach(l -> names.addAll(List.of(l.split(", ?"))));
        assertEquals(node.group().tasks(), names, "every task is named");
      }
    }
  }

  /** Stages in which groups split at random. */
  private static List<StageGroups> randomTree(int tasks, Random random) {
    List<List<String>> groups =
        List.of(IntStream.range(0, tasks).mapToObj(t -> "task_" + t).toList());
    List<StageGroups> stages = new ArrayList<>();
    for (int s = 0; s < 4; s++) {
      stages.add(
          new StageGroups(
              s, groups.stream().map(g -> new StageGroups.Group(g, 0)).toList(), 0, 1, 1));
      List<List<String>> next = new ArrayList<>();
      for (List<String> group : groups) {
        int cut = random.nextInt(group.size());
        if (cut > 0) {
          next.add(group.subList(0, cut));
        }
        next.add(group.subList(cut, group.size()));
      }
      groups = next;
    }
    return stages;
  }

  private static List<GroupNode> level(List<GroupNode> nodes, int stage) {
    List<GroupNode> level = new ArrayList<>();
    for (GroupNode node : nodes) {
      level.addAll(node.stage() == stage ? List.of(node) : level(node.children(), stage));
    }
    return level;
  }
}
