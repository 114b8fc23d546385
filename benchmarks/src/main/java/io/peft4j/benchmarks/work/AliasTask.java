package io.peft4j.benchmarks.work;

import io.peft4j.api.routing.Task;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.task.DenseTask;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A known task under another name, with parameters of its own and the labels of the known one: more
 * tasks than there are names.
 *
 * @param name name of the task and of its parameters
 * @param known the task it repeats
 */
record AliasTask(String name, DenseTask known) implements DenseTask {
  @Override
  public Task task() {
    return new Task(name, known.task().channels());
  }

  @Override
  public int labelChannels() {
    return known.labelChannels();
  }

  @Override
  public double weight() {
    return known.weight();
  }

  @Override
  public SDVariable loss(TargetGraph target, SDVariable prediction, int height, int width) {
    return known.loss(target, prediction, height, width);
  }

  @Override
  public Map<String, INDArray> feed(INDArray labels) {
    return known.feed(labels);
  }

  @Override
  public Metric metric() {
    return known.metric();
  }
}
