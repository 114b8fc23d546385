package io.peft4j.harness.task;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a masked regression loss is fed with: the truth and weights that average over it. */
final class RegressionFeed {
  private RegressionFeed() {}

  static Map<String, INDArray> of(DenseTask task, INDArray labels, String truth) {
    float[] flat = LabelMath.flat(task, labels);
    return Map.of(
        task.placeholder(truth), LabelMath.like(labels, LabelMath.withoutIgnored(flat)),
        task.placeholder("weight"), LabelMath.like(labels, LabelMath.meanWeights(flat)));
  }
}
