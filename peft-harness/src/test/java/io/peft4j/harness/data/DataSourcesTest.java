package io.peft4j.harness.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.harness.data.scenes.SceneClass;
import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.task.TaskSet;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The embedded data set keeps the contract of {@link DataSource}; a user's iterators are checked.
 */
class DataSourcesTest {
  private static final int SIZE = 32;
  private static final DataSpec SPEC = new DataSpec("scenes", 24, 12, 3, true);

  @Test
  void scenesHasTruthForEveryTask() {
    DataSource data = DataSources.named(SPEC, SIZE, SIZE);
    TaskSet all =
        TaskSet.parse("semseg:%d,human_parts,sal,normals,depth,edge".formatted(SceneClass.count()));
    assertEquals(all.names(), data.tasks());
    var batch = data.train(all, 24, 1, 1).next();
    assertArrayEquals(new long[] {24, 3, SIZE, SIZE}, batch.getFeatures(0).shape());
    for (int t = 0; t < all.tasks().size(); t++) {
      long channels = all.tasks().get(t).labelChannels();
      assertArrayEquals(new long[] {24, channels, SIZE, SIZE}, batch.getLabels(t).shape());
      // Every loss takes the labels as they are.
      assertFalse(all.tasks().get(t).feed(batch.getLabels(t)).isEmpty());
    }
    INDArray lengths = batch.getLabels(3).norm2(1);
    assertEquals(1, lengths.minNumber().doubleValue(), 1e-5);
    assertEquals(1, lengths.maxNumber().doubleValue(), 1e-5);
    assertTrue(batch.getLabels(4).minNumber().doubleValue() > 0, "depth is metric");
  }

  @Test
  void imagesWithoutPeopleHaveNoHumanPartTruth() {
    DataSource data = DataSources.named(SPEC, SIZE, SIZE);
    TaskSet tasks = TaskSet.parse("human_parts,semseg:" + SceneClass.count());
    var batch = data.train(tasks, 24, 1, 1).next();
    int without = 0;
    for (int i = 0; i < 24; i++) {
      INDArray parts = batch.getLabels(0).get(NDArrayIndex.point(i));
      INDArray classes = batch.getLabels(1).get(NDArrayIndex.point(i));
      boolean people = classes.maxNumber().intValue() == SceneClass.PERSON.ordinal();
      without += people ? 0 : 1;
      float least = parts.minNumber().floatValue();
      assertEquals(people ? 0 : Metric.IGNORE, least);
    }
    assertTrue(without > 0 && without < 24, without + " of 24 without people");
  }

  @Test
  void trainingAndValidationDiffer() {
    DataSource data = DataSources.named(new DataSpec("scenes", 4, 4, 3, false), SIZE, SIZE);
    TaskSet tasks = TaskSet.parse("sal");
    INDArray train = data.train(tasks, 4, 0, 1).next().getFeatures(0);
    INDArray validation = data.validation(tasks, 4).next().getFeatures(0);
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 4; j++) {
        assertFalse(train.slice(i).equals(validation.slice(j)), i + " is " + j);
      }
    }
  }

  @Test
  void wrongNamesAndClassesAreRefusedWithTheFix() {
    assertMessage(
        "did you mean 'scenes'?",
        () -> DataSources.named(new DataSpec("scene", 1, 1, 0, false), SIZE, SIZE));
    DataSource data = DataSources.named(new DataSpec("scenes", 1, 1, 0, false), SIZE, SIZE);
    assertMessage(
        "write semseg:" + SceneClass.count(), () -> data.validation(TaskSet.parse("semseg:21"), 1));
    assertMessage("both must be positive", () -> new DataSpec("scenes", 0, 1, 0, false));
  }

  @Test
  void aUsersIteratorGivesTheWantedTasksInOrder() {
    IteratorData data = users("semseg:5,depth,sal", 1, 1, 1);
    MultiDataSetIterator pass = data.train(TaskSet.parse("sal,semseg:5"), 2, 0, 1);
    var batch = pass.next();
    assertEquals(2, batch.numLabelsArrays());
    assertEquals(2, batch.getLabels(0).getDouble(0));
    assertEquals(0, batch.getLabels(1).getDouble(0));
  }

  @Test
  void aUsersWrongShapesAndTasksAreNamed() {
    assertMessage(
        "no task 'edge'; known: depth, sal, semseg",
        () -> users("semseg:5,depth,sal", 1, 1, 1).validation(TaskSet.parse("edge"), 2));
    assertMessage(
        "has 5 channels of semseg, not 6",
        () -> users("semseg:5", 1).validation(TaskSet.parse("semseg:6"), 2));
    assertMessage(
        "labels of normals: INT [2, 1, 4, 4] is given, but INT [2, 3, 4, 4] is wanted",
        () -> users("normals", 1).validation(TaskSet.parse("normals"), 2).next());
    assertMessage(
        "1 feature and 1 label arrays, needed are 1 and 2",
        () -> users("sal,edge", 1).validation(TaskSet.parse("sal"), 2).next());
  }

  /** One batch of two images; label array k, with the given channels, holds k everywhere. */
  private static IteratorData users(String tasks, int... channels) {
    INDArray[] labels = new INDArray[channels.length];
    for (int k = 0; k < labels.length; k++) {
      labels[k] = Nd4j.valueArrayOf(new long[] {2, channels[k], 4, 4}, k);
    }
    MultiDataSet batch = new MultiDataSet(new INDArray[] {Nd4j.zeros(2, 3, 4, 4)}, labels);
    return IteratorData.of(
        new IteratorData.Layout("mine", 4, 4, 2, TaskSet.parse(tasks)),
        (size, seed, epoch) -> new SingletonPass(batch),
        size -> new SingletonPass(batch));
  }

  private static void assertMessage(String part, org.junit.jupiter.api.function.Executable code) {
    String message = assertThrows(InputException.class, code).getMessage();
    assertTrue(message.contains(part), message);
  }

  private static final class SingletonPass
      extends org.nd4j.linalg.dataset.adapter.SingletonMultiDataSetIterator {
    private static final long serialVersionUID = 1L;

    SingletonPass(MultiDataSet batch) {
      super(batch);
    }
  }
}
