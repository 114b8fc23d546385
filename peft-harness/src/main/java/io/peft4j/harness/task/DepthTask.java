package io.peft4j.harness.task;

import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.harness.metric.DepthMetric;
import io.peft4j.harness.metric.Metric;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Depth in metres: mean absolute difference over valid pixels.
 *
 * @param task name; one channel
 * @param weight weight of the loss
 */
record DepthTask(Task task, double weight) implements DenseTask {
  @Override
  public LabelKind labelKind() {
    return LabelKind.DISTANCE;
  }

  @Override
  public SDVariable loss(TargetGraph target, SDVariable prediction, int height, int width) {
    Ops ops = target.ops();
    SDVariable truth = map(target, "metres", 1, height, width);
    SDVariable weights = map(target, "weight", 1, height, width);
    return DenseTask.total(ops, ops.abs(prediction.sub(truth)).mul(weights));
  }

  @Override
  public Map<String, INDArray> feed(INDArray labels) {
    return RegressionFeed.of(this, labels, "metres");
  }

  @Override
  public Metric metric() {
    return new DepthMetric();
  }
}
