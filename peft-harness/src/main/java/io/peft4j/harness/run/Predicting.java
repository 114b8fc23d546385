package io.peft4j.harness.run;

import io.peft4j.harness.task.TaskSet;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A trained model with heads, ready to predict: a {@link SavedRun} or an {@link ExportedModel}.
 *
 * <p>Safe for use by several threads.
 */
public interface Predicting extends AutoCloseable {
  /** The backbone, which says the size of images. */
  BackboneSpec backbone();

  /** Name of the data set, which classes have their colours from. */
  String data();

  /** The tasks, in order. */
  TaskSet tasks();

  /**
   * Raw predictions by task for normalised images {@code [batch, 3, height, width]}, the caller's
   * own.
   *
   * @throws io.peft4j.api.InputException if the images are not the backbone's in shape and type
   */
  Map<String, INDArray> predict(INDArray images);

  @Override
  void close();
}
