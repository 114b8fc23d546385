package io.peft4j.harness.groups;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.grouping.Similarity;
import io.peft4j.grouping.SimilarityMeter;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.run.ModelFactory;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.Trainer;
import io.peft4j.harness.train.TrainingException;
import java.util.Map;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Measures how similar tasks are (TGLoRA, section 3.1, eq. 1-3): heads are trained on the frozen
 * backbone, then the gradients of the tasks' losses with respect to the backbone's parameters are
 * compared example by example, nothing dropped and with the running statistics of the heads.
 *
 * <p>An example is one training image with the labels of all tasks. Its gradients are forgotten
 * when it is done, so that memory does not grow with the number of examples.
 */
public final class SimilarityMeasurement {
  /** Any method under which the graph has gradients of the whole backbone; nothing is trained. */
  private static final String WITH_GRADIENTS = "full";

  private final SimilaritySpec spec;
  private final DataSource data;

  /**
   * A measurement; nothing happens before {@link #run}.
   *
   * @param data the data that {@code spec} describes
   */
  public SimilarityMeasurement(SimilaritySpec spec, DataSource data) {
    this.spec = spec;
    this.data = data;
  }

  /**
   * Trains the heads and compares gradients.
   *
   * @throws io.peft4j.api.InputException if the specification does not fit together, or two tasks
   *     have labels together in none of the examples
   * @throws TrainingException if a value is not finite
   */
  public Similarity run(SimilarityListener listener) {
    Backbone backbone = spec.heads().backbone().build();
    MultiTaskModel heads = ModelFactory.trainable(spec.heads(), backbone);
    new Trainer(heads, data, spec.heads().train(), listener).run(Trainer.Snapshots.NONE);
    MultiTaskModel whole =
        ModelFactory.trainable(spec.heads().withMethod(WITH_GRADIENTS, Map.of()), backbone);
    heads.peft().state().forEach((name, value) -> whole.peft().state().get(name).assign(value));
    return compare(whole, listener);
  }

  private Similarity compare(MultiTaskModel model, SimilarityListener listener) {
    TaskSet tasks = model.tasks();
    SimilarityMeter meter = new SimilarityMeter(tasks.names());
    MultiDataSetIterator examples = data.train(tasks, 1, spec.heads().train().seed(), 1);
    try (TaskGradients gradients = TaskGradients.of(model)) {
      for (int done = 1; done <= spec.examples(); done++) {
        gradients.compare(examples.next(), meter);
        listener.compared(done, spec.examples());
      }
    } catch (ArithmeticException e) {
      throw new TrainingException(
          e.getMessage() + "; look at the images, or train the heads at a lower rate");
    }
    return meter.similarity();
  }
}
