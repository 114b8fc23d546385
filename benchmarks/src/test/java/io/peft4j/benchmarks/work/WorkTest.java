package io.peft4j.benchmarks.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.harness.task.DenseTask;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Every work whose method exists runs; the others say what is missing. */
class WorkTest {
  static List<Work> available() {
    return Arrays.stream(Work.values()).filter(Work::isAvailable).toList();
  }

  @ParameterizedTest
  @MethodSource("available")
  void aStepMovesTheModelOrLeavesItAsItIsMeantTo(Work work) {
    try (Bench bench = work.open(WorkSize.nano(4))) {
      Map<String, INDArray> arrays = bench.model().model().peft().arrays();
      Map<String, INDArray> before = new HashMap<>();
      arrays.forEach((name, array) -> before.put(name, array.dup()));
      bench.step();
      boolean trains = work.id().contains("-step") || work == Work.LORA_TASKS;
      arrays.forEach((name, array) -> assertEquals(!trains, isSame(array, before.get(name)), name));
      assertTrue(bench.macs() > 0);
    }
  }

  /** To the bit: ND4J's equals forgives what a clipped first step moves. */
  private static boolean isSame(INDArray a, INDArray b) {
    return Arrays.equals(a.dup().data().asFloat(), b.dup().data().asFloat());
  }

  @ParameterizedTest
  @EnumSource
  void aMissingMethodIsNamed(Work work) {
    if (!work.isAvailable()) {
      InputException e =
          assertThrows(InputException.class, () -> work.open(WorkSize.nano(4)).close());
      assertEquals("method '%s' is not on the class path".formatted(work.method()), e.getMessage());
    }
  }

  @Test
  void loraAndFullTuningExist() {
    assertTrue(available().containsAll(List.of(Work.LORA_STEP, Work.FULL_STEP)));
  }

  @Test
  void everyGradientOfTheFirstStepCounts() {
    try (Bench bench = Work.LORA_STEP.open(WorkSize.nano(1))) {
      bench
          .results()
          .forEach(
              (name, value) -> assertTrue(value.norm2Number().doubleValue() > 0, name + " is 0"));
    }
  }

  @Test
  void moreTasksThanNamesHaveParametersOfTheirOwn() {
    WorkModel model = Work.LORA_TASKS.model(WorkSize.nano(8));
    List<String> names = model.model().tasks().tasks().stream().map(DenseTask::name).toList();
    assertEquals(8, names.stream().distinct().count());
    assertTrue(names.contains("semseg2"));
    assertTrue(model.weights().containsKey("decoders.semseg2.last_layer.3.bias"));
    assertFalse(model.labels().get("semseg2").isEmpty());
  }

  @Test
  void anUnknownWorkIsAnsweredWithTheNearest() {
    InputException e = assertThrows(InputException.class, () -> Work.named("lora-stp"));
    assertTrue(e.getMessage().contains("lora-step"), e.getMessage());
  }
}
