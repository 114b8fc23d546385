package io.peft4j.harness.task;

import io.peft4j.api.InputException;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.harness.metric.AccuracyMetric;
import io.peft4j.harness.metric.Metric;
import java.util.Arrays;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Classification of whole images: cross entropy, as the segmentation of a map of one pixel.
 * Predictions are {@code [batch, classes, 1, 1]}, labels {@code [batch, 1, 1, 1]}, {@code [batch,
 * 1]} or {@code [batch]}.
 *
 * @param task name and number of classes
 */
public record ClassificationTask(Task task) implements DenseTask {
  @Override
  public boolean isPerImage() {
    return true;
  }

  @Override
  public double weight() {
    return 1;
  }

  @Override
  public SDVariable loss(TargetGraph target, SDVariable prediction, int height, int width) {
    return onePixel().loss(target, prediction, height, width);
  }

  /** {@code [batch, 1, 1, 1]}, whatever the image's size. */
  @Override
  public void requireLabels(String source, INDArray labels, long batch, int height, int width) {
    if (labels.length() != batch || labels.size(0) != batch) {
      onePixel().requireLabels(source, labels, batch, 1, 1);
    }
  }

  @Override
  public Map<String, INDArray> feed(INDArray labels) {
    if (labels.length() != labels.size(0)) {
      throw new InputException(
          "task %s: labels have shape %s, but an image has one: [batch], [batch, 1] or [batch, 1, 1, 1]"
              .formatted(name(), Arrays.toString(labels.shape())));
    }
    return onePixel().feed(labels);
  }

  @Override
  public Metric metric() {
    return new AccuracyMetric(task.channels());
  }

  private SegmentationTask onePixel() {
    return new SegmentationTask(task, weight());
  }
}
