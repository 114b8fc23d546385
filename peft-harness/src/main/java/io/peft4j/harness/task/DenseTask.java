package io.peft4j.harness.task;

import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.Feeds;
import io.peft4j.harness.metric.Metric;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A dense-prediction task: loss and metric belong together.
 *
 * <p>Predictions are raw network outputs {@code [batch, channels, height, width]}; labels are
 * {@code [batch, labelChannels, height, width]} with {@link Metric#IGNORE} where there is no truth.
 */
public interface DenseTask {
  /** Name and output channels. */
  Task task();

  /** Name of the task. */
  default String name() {
    return task().name();
  }

  /** True if an image has one answer, as a map of one pixel, instead of one a pixel. */
  default boolean isPerImage() {
    return false;
  }

  /** Channels of the label map. */
  default int labelChannels() {
    return 1;
  }

  /** What the label map holds. */
  default LabelKind labelKind() {
    return LabelKind.CLASSES;
  }

  /** Weight of the loss in the sum over tasks, as in the reference (reference-spec, section d). */
  double weight();

  /**
   * The scalar loss, composed of audited operations so that a weight acts on its gradient.
   *
   * @param target graph to emit into; placeholders are named {@code label.<task>…}
   * @param prediction raw output {@code [batch, channels, height, width]}
   * @param height height of prediction and labels
   * @param width width of prediction and labels
   */
  SDVariable loss(TargetGraph target, SDVariable prediction, int height, int width);

  /**
   * Refuses labels that are not {@code [batch, labelChannels, height, width]}.
   *
   * @param source where they are from, for the message
   * @throws io.peft4j.api.InputException showing the shape that is wanted
   */
  default void requireLabels(String source, INDArray labels, long batch, int height, int width) {
    Feeds.require(
        "%s: labels of %s".formatted(source, name()),
        labels,
        labels.dataType(),
        batch,
        labelChannels(),
        height,
        width);
  }

  /** Values of the placeholders of {@link #loss} for labels of one batch, in the labels' type. */
  Map<String, INDArray> feed(INDArray labels);

  /** A new metric. */
  Metric metric();

  /** Name of a placeholder of this task. */
  default String placeholder(String local) {
    return "label." + name() + "." + local;
  }

  /** A placeholder for a label map {@code [batch, channels, height, width]}. */
  default SDVariable map(TargetGraph target, String local, int channels, int height, int width) {
    return target.placeholder(placeholder(local), target.dataType(), -1, channels, height, width);
  }

  /** Sum over all elements of {@code x [batch, c, h, w]}. */
  static SDVariable total(Ops ops, SDVariable x) {
    return ops.sum(x, false, 0, 1, 2, 3);
  }
}
