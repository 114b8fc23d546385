package io.peft4j.harness.head;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What the head of one task is built on.
 *
 * @param target the graph with the features
 * @param task whose head it is
 * @param features the task's features as tokens, finest first
 * @param training scalar variable: 1 while training, 0 while evaluating
 * @param height rows of the prediction: those of the image, or 1 for one answer an image
 * @param width columns of the prediction, likewise
 */
public record HeadInput(
    TargetGraph target,
    Task task,
    List<Feature> features,
    SDVariable training,
    int height,
    int width) {
  /** Copies the list. */
  public HeadInput {
    features = ImmutableList.copyOf(features);
  }

  /** The same on other features. */
  public HeadInput on(List<Feature> others) {
    return new HeadInput(target, task, others, training, height, width);
  }

  /** Whom the parameters of this head serve: the task alone. */
  public Stream stream() {
    return Stream.of(task.name());
  }

  /** True if the task wants one answer an image instead of a map. */
  public boolean isPerImage() {
    return height == 1 && width == 1;
  }

  /** The feature of the finest grid. */
  Feature finest() {
    return features.get(0);
  }

  /** Tokens of the finest grid. */
  int tokens() {
    return finest().height() * finest().width();
  }
}
