package io.peft4j.harness.task;

import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.metric.NormalsMetric;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Surface normals: the prediction is divided by (its length + 1e-12), then mean absolute difference
 * over valid components.
 *
 * @param task name; three channels
 * @param weight weight of the loss
 */
record NormalsTask(Task task, double weight) implements DenseTask {
  private static final double EPS = 1e-12;

  @Override
  public int labelChannels() {
    return 3;
  }

  @Override
  public LabelKind labelKind() {
    return LabelKind.DIRECTION;
  }

  @Override
  public SDVariable loss(TargetGraph target, SDVariable prediction, int height, int width) {
    Ops ops = target.ops();
    SDVariable truth = map(target, "vector", 3, height, width);
    SDVariable weights = map(target, "weight", 3, height, width);
    // ε² inside keeps the root's gradient finite where the prediction is zero.
    SDVariable length = ops.sqrt(ops.sum(ops.square(prediction), true, 1).add(EPS * EPS)).add(EPS);
    SDVariable difference = ops.abs(prediction.div(length).sub(truth));
    return DenseTask.total(ops, difference.mul(weights));
  }

  @Override
  public Map<String, INDArray> feed(INDArray labels) {
    return RegressionFeed.of(this, labels, "vector");
  }

  @Override
  public Metric metric() {
    return new NormalsMetric();
  }
}
