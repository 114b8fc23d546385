package io.peft4j.harness.task;

import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.harness.metric.Metric;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Saliency and edges: class-balanced binary cross entropy on logits,
 *
 * <pre>L = (w·Σ_pos ℓ + (1-w)·Σ_neg ℓ) / numel,  ℓ = softplus(x) - x·y,  y = [label ≥ ½]</pre>
 *
 * <p>As in the reference there is no ignore region: a 255 counts as positive.
 *
 * @param task name; one channel
 * @param weight weight of the loss
 * @param positiveWeight w; absent for the share of negatives in the whole batch
 * @param metrics makes the metric
 */
record BinaryTask(Task task, double weight, OptionalDouble positiveWeight, Supplier<Metric> metrics)
    implements DenseTask {
  @Override
  public LabelKind labelKind() {
    return LabelKind.PRESENCE;
  }

  @Override
  public SDVariable loss(TargetGraph target, SDVariable prediction, int height, int width) {
    Ops ops = target.ops();
    SDVariable positive = map(target, "positive", 1, height, width);
    SDVariable weights = map(target, "weight", 1, height, width);
    SDVariable likelihood = ops.softplus(prediction).sub(prediction.mul(positive));
    return DenseTask.total(ops, likelihood.mul(weights));
  }

  @Override
  public Map<String, INDArray> feed(INDArray labels) {
    float[] flat = LabelMath.flat(this, labels);
    int negatives = 0;
    for (float label : flat) {
      negatives += label < 0.5f ? 1 : 0;
    }
    double w = positiveWeight.orElse((double) negatives / flat.length);
    float[] positive = new float[flat.length];
    float[] weights = new float[flat.length];
    for (int i = 0; i < flat.length; i++) {
      positive[i] = flat[i] >= 0.5f ? 1 : 0;
      weights[i] = (float) ((positive[i] == 1 ? w : 1 - w) / flat.length);
    }
    return Map.of(
        placeholder("positive"), LabelMath.like(labels, positive),
        placeholder("weight"), LabelMath.like(labels, weights));
  }

  @Override
  public Metric metric() {
    return metrics.get();
  }
}
