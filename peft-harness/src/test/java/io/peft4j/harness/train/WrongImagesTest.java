package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.IteratorData;
import io.peft4j.harness.groups.SimilarityListener;
import io.peft4j.harness.groups.SimilarityMeasurement;
import io.peft4j.harness.groups.SimilaritySpec;
import io.peft4j.harness.run.ModelFactory;
import io.peft4j.harness.run.RunSpec;
import io.peft4j.harness.run.TinyRuns;
import io.peft4j.harness.task.TaskSet;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.adapter.SingletonMultiDataSetIterator;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/** Images and labels of another shape are refused wherever they may come in, before any step. */
class WrongImagesTest {
  private static final int SIZE = TinyRuns.SIZE;
  private static final String NHWC =
      "; it looks like NHWC, which permute(0, 3, 1, 2) brings in order";

  private static RunSpec spec;
  private static MultiTaskModel model;

  @BeforeAll
  static void build() {
    spec = TinyRuns.spec("decoders-only", "sal,normals", 1);
    model = ModelFactory.trainable(spec, spec.backbone().build());
  }

  /** The tiny data set with its batches spoilt. */
  private record Spoilt(UnaryOperator<MultiDataSet> spoil) implements DataSource {
    @Override
    public String id() {
      return "spoilt";
    }

    @Override
    public int height() {
      return SIZE;
    }

    @Override
    public int width() {
      return SIZE;
    }

    @Override
    public int trainSize() {
      return TinyRuns.data().trainSize();
    }

    @Override
    public List<String> tasks() {
      return TinyRuns.data().tasks();
    }

    @Override
    public String defaultTasks() {
      return TinyRuns.data().defaultTasks();
    }

    @Override
    public MultiDataSetIterator train(TaskSet tasks, int batch, long seed, int epoch) {
      return spoilt(TinyRuns.data().train(tasks, batch, seed, epoch));
    }

    @Override
    public MultiDataSetIterator validation(TaskSet tasks, int batch) {
      return spoilt(TinyRuns.data().validation(tasks, batch));
    }

    private MultiDataSetIterator spoilt(MultiDataSetIterator pass) {
      return new SingletonMultiDataSetIterator(spoil.apply(pass.next()));
    }
  }

  private static Spoilt images(UnaryOperator<INDArray> change) {
    return new Spoilt(
        b ->
            new org.nd4j.linalg.dataset.MultiDataSet(
                new INDArray[] {change.apply(b.getFeatures(0))}, b.getLabels()));
  }

  private static Spoilt labels(UnaryOperator<INDArray> change) {
    return new Spoilt(
        b ->
            new org.nd4j.linalg.dataset.MultiDataSet(
                b.getFeatures(), new INDArray[] {b.getLabels(0), change.apply(b.getLabels(1))}));
  }

  @Test
  void theTrainerNamesTheDataSet() {
    assertRefused(
        "data set spoilt: images: FLOAT [4, 32, 32, 3] is given, but FLOAT [n, 3, 32, 32] is wanted"
            + NHWC,
        () -> train(images(i -> i.permute(0, 2, 3, 1))));
    assertRefused(
        "data set spoilt: labels of normals: FLOAT [4, 3, 16, 64] is given, but FLOAT [4, 3, 32,"
            + " 32]",
        () -> train(labels(l -> l.reshape(4, 3, 16, 64))));
    assertRefused(
        "data set spoilt: labels of normals: FLOAT [4, 32, 32, 3] is given, but FLOAT [4, 3, 32,"
            + " 32]",
        () -> train(labels(l -> l.permute(0, 2, 3, 1))));
    assertRefused(
        "data set spoilt: a batch has 1 feature and 1 label arrays, needed are 1 and 2"
            + " (sal:1,normals:3)",
        () ->
            train(
                new Spoilt(
                    b ->
                        new org.nd4j.linalg.dataset.MultiDataSet(
                            b.getFeatures(0), b.getLabels(0)))));
  }

  @Test
  void theSimilarityMeasurementNamesIt() {
    SimilaritySpec similarity =
        new SimilaritySpec(TinyRuns.spec(SimilaritySpec.METHOD, "sal,normals", 1), 1);
    assertRefused(
        "[4, 32, 32, 3] is given",
        () ->
            new SimilarityMeasurement(similarity, images(i -> i.permute(0, 2, 3, 1)))
                .run(SimilarityListener.NONE));
  }

  @Test
  void aProgramsIteratorsAreHeldAgainstTheirLayout() {
    MultiDataSet batch =
        images(i -> i.permute(0, 2, 3, 1)).validation(TaskSet.parse("sal"), 2).next();
    IteratorData data =
        IteratorData.of(
            new IteratorData.Layout("mine", SIZE, SIZE, 2, TaskSet.parse("sal")),
            (size, seed, epoch) -> new SingletonMultiDataSetIterator(batch),
            size -> new SingletonMultiDataSetIterator(batch));
    assertRefused(
        "data set mine: images: FLOAT [2, 32, 32, 3] is given, but FLOAT [n, 3, 32, 32] is wanted"
            + NHWC,
        () -> data.validation(TaskSet.parse("sal"), 2).next());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {"2,32,32,3", "3,32,32", "2,3,16,64", "1,3,33,32", "1,4,32,32", "0,3,32,32"})
  void theEvaluatorTakesTheBackbonesImagesAlone(String dims) {
    long[] shape = java.util.Arrays.stream(dims.split(",")).mapToLong(Long::parseLong).toArray();
    INDArray wrong = Nd4j.create(DataType.FLOAT, shape);
    try (GraphExecutor executor = GraphExecutors.forInference(model.peft().target().graph())) {
      Evaluator evaluator = new Evaluator(model, executor);
      assertRefused("but FLOAT [n, 3, 32, 32] is wanted", () -> evaluator.predict(wrong));
    }
  }

  /** Whole numbers would have had the weights of pixels rounded to zero. */
  @Test
  void labelsMayBeOfAnyType() {
    Map<String, INDArray> plain = feed(l -> l);
    Map<String, INDArray> whole = feed(l -> l.castTo(DataType.INT32));
    assertEquals(plain.keySet(), whole.keySet());
    plain.forEach((name, array) -> assertEquals(array, whole.get(name), name));
  }

  private static Map<String, INDArray> feed(UnaryOperator<INDArray> change) {
    MultiTaskModel classes =
        ModelFactory.trainable(
            TinyRuns.spec("decoders-only", "sal,human_parts", 1), spec.backbone().build());
    return classes.feed("labels", labels(change).train(classes.tasks(), 2, 1, 1).next());
  }

  private static void train(DataSource data) {
    Map<String, INDArray> before = new java.util.HashMap<>();
    model.peft().state().forEach((name, a) -> before.put(name, a.dup()));
    try {
      new Trainer(model, data, spec.train(), TrainListener.NONE).run(Trainer.Snapshots.NONE);
    } finally {
      assertEquals(before, model.peft().state(), "nothing is trained");
    }
  }

  private static void assertRefused(String part, Executable use) {
    String message = assertThrows(InputException.class, use).getMessage();
    assertTrue(message.contains(part), message);
  }
}
