package io.peft4j.harness.groups;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.SessionExecutor;
import io.peft4j.grouping.Similarity;
import io.peft4j.grouping.SimilarityMeter;
import io.peft4j.harness.run.ModelFactory;
import io.peft4j.harness.run.RunSpec;
import io.peft4j.harness.run.TinyRuns;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** What is measured is the mean cosine of gradients that are computed one by one. */
class SimilarityMeasurementTest {
  private static final String TASKS = "sal,depth,normals";
  private static final int EXAMPLES = 3;

  /** Eq. 1-3 from SameDiff's own gradients, one graph run a task, all of them kept. */
  @Test
  void streamedCosinesAreThoseOfWholeGradients() {
    MultiTaskModel model = model();
    List<String> tasks = model.tasks().names();
    List<List<INDArray>> gradients = new ArrayList<>();
    for (MultiDataSet example : examples(model.tasks())) {
      gradients.add(tasks.stream().map(t -> gradient(model, t, example)).toList());
    }
    SimilarityMeter meter = new SimilarityMeter(tasks);
    try (TaskGradients streamed = TaskGradients.of(model)) {
      examples(model.tasks()).forEach(e -> streamed.compare(e, meter));
    }
    Similarity measured = meter.similarity();
    for (int a = 0; a < tasks.size(); a++) {
      for (int b = 0; b < a; b++) {
        double sum = 0;
        for (List<INDArray> example : gradients) {
          sum += Transforms.cosineSim(example.get(a), example.get(b));
        }
        assertEquals(sum / EXAMPLES, measured.between(a, b), 1e-5, tasks.get(a) + tasks.get(b));
      }
    }
  }

  @Test
  void theSameSeedGivesTheSameSimilarities() {
    Map<String, Double> first = measure(1, 2).pairs();
    assertEquals(first, measure(1, 2).pairs());
    assertNotEquals(first, measure(2, 2).pairs(), "heads are trained first");
    assertNotEquals(first, measure(1, 3).pairs(), "every example counts");
  }

  @Test
  void theListenerHearsEveryStepAndExample() {
    List<String> heard = new ArrayList<>();
    new SimilarityMeasurement(spec(1, 2), TinyRuns.data())
        .run(
            new SimilarityListener() {
              @Override
              public void step(long step, long steps, Map<String, Double> losses) {
                heard.add(step + " of " + steps);
              }

              @Override
              public void compared(int done, int examples) {
                heard.add(done + " of " + examples);
              }
            });
    assertEquals(List.of("1 of 2", "2 of 2", "1 of 2", "2 of 2"), heard);
  }

  @Test
  void whatCannotBeMeasuredIsRefused() {
    refused("0 examples to compare: from 1 to the 8 training images", () -> spec(1, 0));
    refused("9 examples to compare", () -> spec(1, 9));
    refused(
        "name at least two, not sal alone",
        () -> new SimilaritySpec(TinyRuns.spec(SimilaritySpec.METHOD, "sal", 1), 1));
    refused(
        "not on one per task", () -> new SimilaritySpec(spec(1, 1).heads().withPerTask(true), 1));
    refused(
        "heads are trained by decoders-only, not lora",
        () -> new SimilaritySpec(TinyRuns.spec("lora", TASKS, 1), 1));
  }

  private static void refused(String message, org.junit.jupiter.api.function.Executable work) {
    InputException error = assertThrows(InputException.class, work);
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  private static Similarity measure(int epochs, int examples) {
    return new SimilarityMeasurement(spec(epochs, examples), TinyRuns.data())
        .run(SimilarityListener.NONE);
  }

  private static SimilaritySpec spec(int epochs, int examples) {
    return new SimilaritySpec(TinyRuns.spec(SimilaritySpec.METHOD, TASKS, epochs), examples);
  }

  private static MultiTaskModel model() {
    RunSpec full = TinyRuns.spec("full", TASKS, 1);
    return ModelFactory.trainable(full, full.backbone().build());
  }

  private static List<MultiDataSet> examples(TaskSet tasks) {
    List<MultiDataSet> examples = new ArrayList<>();
    MultiDataSetIterator pass = TinyRuns.data().train(tasks, 1, 0, 1);
    while (examples.size() < EXAMPLES) {
      examples.add(pass.next());
    }
    return examples;
  }

  /** The gradient of one task with respect to the backbone as one long double vector. */
  private static INDArray gradient(MultiTaskModel model, String task, MultiDataSet example) {
    PeftModel peft = model.peft();
    List<String> shared =
        peft.target().trainables().stream()
            .map(t -> t.name())
            .filter(n -> !n.startsWith("decoders.") && !n.startsWith("downsampler."))
            .toList();
    Map<String, INDArray> inputs = new HashMap<>(peft.noiseOff(1));
    inputs.put(peft.backbone().image().name(), example.getFeatures(0));
    inputs.put(MultiTaskModel.TRAINING, Nd4j.zeros(DataType.FLOAT, 1));
    DenseTask dense = model.tasks().get(task);
    inputs.putAll(dense.feed(example.getLabels(model.tasks().names().indexOf(task))));
    try (GraphExecutor session =
        SessionExecutor.forTraining(peft.target().graph(), MultiTaskModel.loss(task), shared)) {
      Map<String, INDArray> gradients = session.gradients(inputs, List.of()).gradients();
      return Nd4j.concat(
          0,
          shared.stream()
              .map(n -> gradients.get(n).castTo(DataType.DOUBLE).dup('c').reshape(-1))
              .toArray(INDArray[]::new));
    }
  }
}
