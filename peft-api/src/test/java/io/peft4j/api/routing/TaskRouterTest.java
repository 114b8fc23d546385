package io.peft4j.api.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups that are no refining partitions, and names that would break saved files, are refused. */
class TaskRouterTest {
  @Test
  void aTaskInTwoGroupsIsRefused() {
    assertMessage(
        "stage 0: a task is in two groups", List.of(List.of(Set.of("a"), Set.of("a", "b"))));
  }

  @Test
  void aStageThatForgetsATaskIsRefused() {
    assertMessage(
        "stage 1 groups the tasks", List.of(List.of(Set.of("a", "b")), List.of(Set.of("a"))));
  }

  @Test
  void groupsThatMergeWithDepthAreRefused() {
    assertMessage(
        "merges groups of stage 0",
        List.of(List.of(Set.of("a"), Set.of("b")), List.of(Set.of("a", "b"))));
  }

  @Test
  void anUnknownTaskOrStageIsNamed() {
    TaskRouter router = TaskRouter.grouped(List.of(List.of(Set.of("a", "b"))));
    Place first = new Place(0, 0, 1, Role.NORM1);
    InputException task =
        assertThrows(InputException.class, () -> router.route(first, Stream.of("c")));
    assertEquals("no task group of stage 0 holds [c]", task.getMessage());
    Place second = new Place(1, 0, 1, Role.NORM1);
    InputException stage =
        assertThrows(InputException.class, () -> router.route(second, Stream.of("a")));
    assertTrue(stage.getMessage().contains("the backbone has a stage 1"), stage.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Semseg", "a b", "a@b", "a.b", "a+b", "a/b", "a:b", "1a", "shared"})
  void taskNamesThatNamesOfVariablesCannotHoldAreRefused(String name) {
    assertThrows(InputException.class, () -> new Task(name, 1));
  }

  @Test
  void aTaskNeedsAChannel() {
    InputException error = assertThrows(InputException.class, () -> new Task("sal", 0));
    assertEquals("task sal: 0 channels, but at least 1 is needed", error.getMessage());
  }

  private static void assertMessage(String part, List<List<Set<String>>> partitions) {
    InputException error = assertThrows(InputException.class, () -> TaskRouter.grouped(partitions));
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }
}
