package io.peft4j.harness.task;

import io.peft4j.api.InputException;
import io.peft4j.harness.metric.Metric;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Label maps as flat arrays: what losses are fed with is prepared outside the graph. */
final class LabelMath {
  private LabelMath() {}

  /** All labels, row-major; refuses one that is no finite number. */
  static float[] flat(DenseTask task, INDArray labels) {
    float[] flat = labels.dup('c').castTo(DataType.FLOAT).data().asFloat();
    for (float label : flat) {
      if (!Float.isFinite(label)) {
        throw new InputException(
            "task %s: label %s is no number; 255 marks where there is no truth"
                .formatted(task.name(), label));
      }
    }
    return flat;
  }

  static INDArray like(INDArray labels, float[] values) {
    return floating(labels, values, labels.shape());
  }

  /** Values of the labels' type; weights of integer labels would be cut to 0. */
  static INDArray floating(INDArray labels, float[] values, long... shape) {
    DataType type = labels.dataType().isFPType() ? labels.dataType() : DataType.FLOAT;
    return Nd4j.createFromArray(values).castTo(type).reshape('c', shape);
  }

  static boolean valid(float label) {
    return label != Metric.IGNORE;
  }

  /**
   * Weights that average over valid elements: 1/count where valid, 0 elsewhere; all 0 where nothing
   * is valid, so that a batch without truth adds nothing (the reference gives NaN).
   */
  static float[] meanWeights(float[] labels) {
    int count = 0;
    for (float label : labels) {
      count += valid(label) ? 1 : 0;
    }
    float weight = count == 0 ? 0 : 1f / count;
    float[] weights = new float[labels.length];
    for (int i = 0; i < labels.length; i++) {
      weights[i] = valid(labels[i]) ? weight : 0;
    }
    return weights;
  }

  /** Labels with ignored elements set to 0, so that no 255 enters a sum. */
  static float[] withoutIgnored(float[] labels) {
    float[] clean = labels.clone();
    for (int i = 0; i < clean.length; i++) {
      clean[i] = valid(clean[i]) ? clean[i] : 0;
    }
    return clean;
  }
}
