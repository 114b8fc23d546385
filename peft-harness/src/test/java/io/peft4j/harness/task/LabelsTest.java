package io.peft4j.harness.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.routing.Task;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Labels that cannot be are refused before they enter a loss. */
class LabelsTest {
  @ParameterizedTest
  @ValueSource(strings = {"semseg:3", "sal", "normals", "depth", "edge"})
  void aLabelThatIsNoNumberIsNamed(String task) {
    DenseTask dense = TaskSet.parse(task).tasks().get(0);
    INDArray labels = Nd4j.ones(1, dense.labelChannels(), 2, 2);
    labels.putScalar(3, Double.NaN);
    String message = assertThrows(InputException.class, () -> dense.feed(labels)).getMessage();
    assertTrue(message.contains(dense.name()) && message.contains("NaN"), message);
  }

  @Test
  void aFractionIsNoClass() {
    DenseTask task = TaskSet.parse("semseg:3").tasks().get(0);
    assertThrows(
        InputException.class, () -> task.feed(Nd4j.createFromArray(0.4f).reshape(1, 1, 1, 1)));
  }

  @Test
  void integerLabelsWeighAsMuchAsFloats() {
    DenseTask task = TaskSet.parse("semseg:3").tasks().get(0);
    INDArray integers = Nd4j.createFromArray(0, 2, 1, 255).reshape(1, 1, 2, 2);
    INDArray fed = task.feed(integers).get("label.semseg.onehot");
    assertEquals(1, fed.sumNumber().doubleValue(), 1e-6);
  }

  @Test
  void anImageHasOneClassInAnyForm() {
    ClassificationTask task = new ClassificationTask(new Task("scene", 3));
    for (INDArray labels :
        List.of(Nd4j.createFromArray(2f, 0), Nd4j.createFromArray(2, 0).reshape(2, 1))) {
      assertEquals(
          Nd4j.createFromArray(0, 0, 0.5f, 0.5f, 0, 0).reshape(2, 3, 1),
          task.feed(labels).get("label.scene.onehot"));
    }
    assertThrows(InputException.class, () -> task.feed(Nd4j.ones(2, 1, 4, 4)));
  }
}
