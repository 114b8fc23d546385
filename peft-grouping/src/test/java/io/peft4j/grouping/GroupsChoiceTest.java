package io.peft4j.grouping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a user may say of groups, and how groups are written back. */
class GroupsChoiceTest {
  private static final List<String> ABCD = List.of("a", "b", "c", "d");

  @Test
  void everyFormOfGroupsIsRead() {
    assertEquals(Optional.of(List.of(1, 2, 2)), GroupsText.parse(List.of("1", "2", "2")).counts());
    assertEquals(
        Optional.of(
            List.of(
                List.of(List.of("all")),
                List.of(List.of("a", "b"), List.of("c")),
                List.of(List.of("each")))),
        GroupsText.parse(List.of("all", "a + b/c", "each")).spelled());
    assertTrue(GroupsText.parse(List.of("auto")).isAuto());
    assertTrue(GroupsText.parse(List.of("progressive")).counts().isEmpty());
  }

  @Test
  void onlySpelledGroupsNeedNoSimilarity() {
    assertTrue(choice("all", "a+b/c").isSpelled());
    assertFalse(choice("1", "2").isSpelled());
    assertFalse(choice("progressive").isSpelled());
  }

  /** What is printed may be given back, and is the same tree. */
  @Test
  void groupsAreWrittenAsTheOptionIsRead() {
    TaskGroups groups =
        new TaskGroups(
            ABCD,
            List.of(
                Partition.whole(4),
                Partition.ofLabels(0, 1, 0, 1),
                Partition.ofLabels(0, 1, 0, 2),
                Partition.singletons(4)));
    assertEquals("all,a+c/b+d,a+c/b/d,each", groups.text());
    assertEquals(List.of(List.of("a", "c"), List.of("b", "d")), groups.names(1));
    List<String> elements = List.of(groups.text().split(","));
    assertEquals(
        groups, TaskGroups.spelled(ABCD, GroupsText.parse(elements).spelled().orElseThrow()));
  }

  @Test
  void groupsOnlySplitWithDepth() {
    refused(
        "groups of stage 1: a+c merges tasks that stage 0 has apart",
        () ->
            new TaskGroups(
                ABCD, List.of(Partition.ofLabels(0, 0, 1, 1), Partition.ofLabels(0, 1, 0, 2))));
    refused(
        "task b is named twice; a task is in one group",
        () ->
            TaskGroups.spelled(ABCD, List.of(List.of(List.of("a", "b"), List.of("b", "c", "d")))));
    refused(
        "task d is in no group",
        () -> TaskGroups.spelled(ABCD, List.of(List.of(List.of("a", "b"), List.of("c")))));
    refused("stage 1 has 2 groups, stage 0 before it 3", () -> choice("3", "2"));
  }

  @Test
  void aBudgetIsOneKnownCost() {
    assertEquals(Optional.of(new Budget(Budget.MACS, 4e10)), Budget.of(Map.of("macs", 4e10)));
    assertEquals(Optional.empty(), Budget.of(Map.of()));
    refused("'mac' is no cost; did you mean 'macs'?", () -> Budget.of(Map.of("mac", 1.0)));
    refused("params=-1.0 must be positive", () -> Budget.of(Map.of("params", -1.0)));
    refused("NaN must be positive", () -> Budget.of(Map.of("macs", Double.NaN)));
    refused("give macs or params, not both", () -> Budget.of(Map.of("macs", 1.0, "params", 1.0)));
  }

  private static GroupsChoice choice(String... groups) {
    return new GroupsChoice(List.of(groups), Map.of(), Map.of());
  }

  private static void refused(String message, Executable work) {
    InputException error = assertThrows(InputException.class, work);
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }
}
