package io.peft4j.harness.head;

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
 * tokens, mean over tokens, linear layer. Parameters are named {@code norm.*} and {@code head.*} as
 * in their checkpoints.
 */
public final class ClassifierDecoder implements Decoder {
  private static final double EPS = 1e-5;

  @Override
  public String id() {
    return "classifier";
  }

  @Override
  public Head emit(HeadInput input) {
    TargetGraph target = input.target();
    Task task = input.task();
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
                    "norm.weight", input.stream(), Kind.NORM_WEIGHT, Init.ones(), channels),
                target.decoderParam(
                    "norm.bias", input.stream(), Kind.NORM_BIAS, Init.zeros(), channels),
                EPS);
    target.cost(new Cost(normed.name(), Cost.Kind.NORM, 2L * tokens * channels));
    SDVariable pooled = target.ops().mean(normed.reshape(-1, tokens, channels), false, 1);
    SDVariable logits =
        target
            .ops()
            .linear(
                pooled,
                target.decoderParam(
                    "head.weight",
                    input.stream(),
                    Kind.WEIGHT,
                    Init.truncatedNormal(0.02),
                    task.channels(),
                    channels),
                target.decoderParam(
                    "head.bias", input.stream(), Kind.BIAS, Init.zeros(), task.channels()));
    target.cost(new Cost(logits.name(), Cost.Kind.LINEAR, (long) channels * task.channels()));
    return new Head(logits.reshape(-1, task.channels(), 1, 1), List.of());
  }
}
