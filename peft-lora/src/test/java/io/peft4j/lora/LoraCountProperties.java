package io.peft4j.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.routing.Task;
import io.peft4j.graph.PeftModel;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The closed formula of the trainable numbers is what the emitted graph holds. */
class LoraCountProperties {
  @Property(tries = 30)
  void theFormulaIsTheGraphsCount(
      @ForAll @IntRange(min = 1, max = 4) int rank,
      @ForAll @IntRange(min = 4, max = 9) int in,
      @ForAll @IntRange(min = 4, max = 7) int third,
      @ForAll @IntRange(min = 1, max = 3) int tasks,
      @ForAll boolean perTask,
      @ForAll boolean dora,
      @ForAll LoraConfig.Start init,
      @ForAll LoraConfig.Bias bias,
      @ForAll @IntRange(max = 7) int partSet) {
    List<String> parts =
        List.of("q", "k", "v").stream()
            .filter(p -> (partSet >> "qkv".indexOf(p) & 1) == 1)
            .toList();
    OneLayer layer =
        OneLayer.of(
            Nd4j.ones(DataType.DOUBLE, 3L * third, in), Nd4j.ones(DataType.DOUBLE, 3L * third), 2);
    List<Task> list =
        List.of(new Task("sal", 1), new Task("edge", 1), new Task("depth", 1)).subList(0, tasks);
    PeftModel model =
        layer.lora(
            "rank=%d perTask=%s dora=%s init=%s bias=%s qkvParts=%s"
                .formatted(rank, perTask, dora, init, bias, String.join(",", parts)),
            list);
    assertEquals(
        model.arrays().values().stream().mapToLong(INDArray::length).sum(),
        model.rewrite().declaredParameters().orElseThrow());
  }
}
