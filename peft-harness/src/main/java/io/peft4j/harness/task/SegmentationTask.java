package io.peft4j.harness.task;

import io.peft4j.api.InputException;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.harness.metric.IouMetric;
import io.peft4j.harness.metric.Metric;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Semantic segmentation and human parts: log-softmax and negative log-likelihood, mean over valid
 * pixels, no class weights.
 *
 * @param task name and number of classes, background included
 * @param weight weight of the loss
 */
record SegmentationTask(Task task, double weight) implements DenseTask {
  @Override
  public SDVariable loss(TargetGraph target, SDVariable prediction, int height, int width) {
    Ops ops = target.ops();
    int classes = task.channels();
    SDVariable weightedOneHot =
        target.placeholder(
            placeholder("onehot"), target.dataType(), -1, classes, (long) height * width);
    SDVariable maps = prediction.reshape(-1, classes, (long) height * width);
    return ops.sum(ops.logSoftmax(maps, 1).mul(weightedOneHot), false, 0, 1, 2).neg();
  }

  @Override
  public Map<String, INDArray> feed(INDArray labels) {
    float[] flat = LabelMath.flat(this, labels);
    float[] weights = LabelMath.meanWeights(flat);
    int classes = task.channels();
    long batch = labels.size(0);
    int pixels = Math.toIntExact(flat.length / batch);
    float[] oneHot = new float[Math.multiplyExact(flat.length, classes)];
    for (int i = 0; i < flat.length; i++) {
      if (weights[i] != 0) {
        int label = (int) flat[i];
        if (label != flat[i] || label < 0 || label >= classes) {
          throw new InputException(
              "task %s: label %s is none of its %d classes (0 to %d, 255 = ignore)"
                  .formatted(name(), flat[i], classes, classes - 1));
        }
        oneHot[(i / pixels * classes + label) * pixels + i % pixels] = weights[i];
      }
    }
    return Map.of(
        placeholder("onehot"), LabelMath.floating(labels, oneHot, batch, classes, pixels));
  }

  @Override
  public Metric metric() {
    return new IouMetric(task.channels());
  }
}
