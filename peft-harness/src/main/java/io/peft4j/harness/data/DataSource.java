package io.peft4j.harness.data;

import io.peft4j.api.InputException;
import io.peft4j.harness.task.TaskSet;
import java.util.List;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * A data set for dense prediction.
 *
 * <p>Every {@code MultiDataSet} holds one feature array, images {@code [batch, 3, height, width]}
 * as the backbone takes them (normalised), and one label array per task of the set, in its order,
 * {@code [batch, labelChannels, height, width]}, or {@code [batch, 1, 1, 1]} of a task with one
 * answer an image; 255 where there is no truth. Any iterator of a DL4J user that keeps to this
 * serves.
 *
 * <p>Safe for use by several threads. A pass belongs to one thread.
 */
public interface DataSource {
  /** Name for reports. */
  String id();

  /**
   * What supplies the data, for records of runs, so that who lacks it knows where to look: by
   * default the name of the class.
   */
  default String suppliedBy() {
    return getClass().getName();
  }

  /** Height of images and labels. */
  int height();

  /** Width of images and labels. */
  int width();

  /** Number of training images. */
  int trainSize();

  /** Names of the tasks that the data set has truth for. */
  List<String> tasks();

  /** The tasks in the text form of {@link TaskSet#parse} that a run takes by default. */
  String defaultTasks();

  /**
   * One pass over the training images in an order that depends on {@code (seed, epoch)} alone; the
   * last, incomplete batch is dropped. Where an image or its labels cannot be read, the iterator
   * throws an exception whose message names the file.
   */
  MultiDataSetIterator train(TaskSet tasks, int batch, long seed, int epoch);

  /**
   * As {@link #train(TaskSet, int, long, int)}, without the first batches.
   *
   * @param done how many batches are passed over
   * @throws InputException if the pass has fewer
   */
  default MultiDataSetIterator train(TaskSet tasks, int batch, long seed, int epoch, int done) {
    MultiDataSetIterator pass = train(tasks, batch, seed, epoch);
    if (pass instanceof BatchIterator batches) {
      // These need not be made to be passed over.
      batches.skip(done);
      return pass;
    }
    for (int i = 0; i < done; i++) {
      if (!pass.hasNext()) {
        throw new InputException(
            "data set %s: epoch %d has %d batches, but %d were trained on before"
                .formatted(id(), epoch, i, done));
      }
      pass.next();
    }
    return pass;
  }

  /** One pass over the validation images, in order, the last batch possibly smaller. */
  MultiDataSetIterator validation(TaskSet tasks, int batch);
}
