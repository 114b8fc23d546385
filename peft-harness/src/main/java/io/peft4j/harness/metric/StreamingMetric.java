package io.peft4j.harness.metric;

import io.peft4j.graph.exec.SingleUse;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A metric that two threads cannot feed at once: counts would be lost without a word. */
abstract class StreamingMetric implements Metric {
  private final SingleUse use = new SingleUse("a metric", "make one for each thread");

  @Override
  public final void update(INDArray prediction, INDArray target) {
    use.alone(() -> add(prediction, target));
  }

  /** Adds a batch, see {@link #update}. */
  abstract void add(INDArray prediction, INDArray target);
}
