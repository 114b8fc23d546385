package io.peft4j.harness.head;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The classifier of the public Swin models, for any backbone: layer norm of the last stage's
 * tokens, mean over tokens, linear layer; one answer an image. Parameters are named {@code
 * decoders.<task>.norm.*} and {@code decoders.<task>.head.*}, a set for each task.
 */
public final class ClassifierDecoder implements Decoder {
  private static final double EPS = 1e-5;

  private final boolean checkpointNames;

  /** A classifier for any number of tasks. */
  public ClassifierDecoder() {
    this(false);
  }

  private ClassifierDecoder(boolean checkpointNames) {
    this.checkpointNames = checkpointNames;
  }

  /**
   * The classifier of one task, whose parameters are named {@code norm.*} and {@code head.*} as in
   * the public checkpoints of backbones.
   */
  public static ClassifierDecoder namedAsInCheckpoints() {
    return new ClassifierDecoder(true);
  }

  @Override
  public String id() {
    return "classifier";
  }

  /**
   * {@inheritDoc}
   *
   * @throws InputException if the task needs a map, or its names are another task's already
   */
  @Override
  public Head emit(HeadInput input) {
    TargetGraph target = input.target();
    Task task = input.task();
    String path = checkpointNames ? "" : "decoders." + task.name() + ".";
    check(input, path + "head.weight");
    List<Feature> features = input.features();
    Feature last = features.get(features.size() - 1);
    int channels = last.channels();
    int tokens = last.height() * last.width();
    SDVariable rows = target.graph().getVariable(last.name()).reshape(-1, channels);
    SDVariable normed =
        target
            .ops()
            .layerNorm(
                rows,
                target.decoderParam(
                    path + "norm.weight", input.stream(), Kind.NORM_WEIGHT, Init.ones(), channels),
                target.decoderParam(
                    path + "norm.bias", input.stream(), Kind.NORM_BIAS, Init.zeros(), channels),
                EPS);
    target.cost(new Cost(normed.name(), Cost.Kind.NORM, 2L * tokens * channels));
    SDVariable pooled = target.ops().mean(normed.reshape(-1, tokens, channels), false, 1);
    SDVariable logits =
        target
            .ops()
            .linear(
                pooled,
                target.decoderParam(
                    path + "head.weight",
                    input.stream(),
                    Kind.WEIGHT,
                    Init.truncatedNormal(0.02),
                    task.channels(),
                    channels),
                target.decoderParam(
                    path + "head.bias", input.stream(), Kind.BIAS, Init.zeros(), task.channels()));
    target.cost(new Cost(logits.name(), Cost.Kind.LINEAR, (long) channels * task.channels()));
    return new Head(logits.reshape(-1, task.channels(), 1, 1), List.of());
  }

  private static void check(HeadInput input, String weight) {
    String name = input.task().name();
    if (!input.isPerImage()) {
      throw new InputException(
          "the classifier gives one answer an image, but task '%s' needs a map of %d by %d; give it another decoder, such as hrnet (TaskDecoders has one for each task)"
              .formatted(name, input.height(), input.width()));
    }
    if (input.target().isTrainable(weight)) {
      throw new InputException(
          "task '%s' cannot have the parameter '%s', which is another task's; the names of checkpoints are for one task, use new ClassifierDecoder()"
              .formatted(name, weight));
    }
  }
}
