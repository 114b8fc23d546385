package io.peft4j.harness.metric;

import com.google.common.collect.ImmutableMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Classification: share of examples whose largest logit is the label's. */
public final class AccuracyMetric implements Metric {
  private long seen;
  private long right;

  @Override
  public void update(INDArray prediction, INDArray target) {
    INDArray best = prediction.reshape(prediction.size(0), prediction.size(1)).argMax(1);
    for (long i = 0; i < best.length(); i++) {
      seen++;
      right += best.getLong(i) == Math.round(target.getDouble(i)) ? 1 : 0;
    }
  }

  @Override
  public ImmutableMap<String, Double> values() {
    return ImmutableMap.of("accuracy", seen == 0 ? Double.NaN : (double) right / seen);
  }

  @Override
  public String mainValue() {
    return "accuracy";
  }

  @Override
  public boolean higherIsBetter() {
    return true;
  }

  @Override
  public void reset() {
    seen = 0;
    right = 0;
  }
}
