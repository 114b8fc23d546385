package io.peft4j.graph;

import io.peft4j.api.NearestName;
import io.peft4j.api.method.OwnParameters;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arrays of a method in a model, after an optimizer step.
 *
 * @param arrays trainables of the method
 * @param buffers what it remembers between steps
 * @param gradients what the step was taken with
 */
record OwnArrays(
    Map<String, INDArray> arrays, Map<String, INDArray> buffers, Map<String, INDArray> gradients)
    implements OwnParameters {
  @Override
  public Set<String> names() {
    return arrays.keySet();
  }

  @Override
  public INDArray get(String name) {
    return known("parameter", arrays, name);
  }

  @Override
  public INDArray buffer(String name) {
    return known("buffer", buffers, name);
  }

  private static INDArray known(String what, Map<String, INDArray> arrays, String name) {
    INDArray array = arrays.get(name);
    if (array == null) {
      throw new IllegalArgumentException(
          "the method has no %s '%s'%s"
              .formatted(what, name, NearestName.hint(name, arrays.keySet())));
    }
    return array;
  }

  @Override
  public INDArray gradient(String name) {
    get(name);
    INDArray gradient = gradients.get(name);
    if (gradient == null) {
      throw new IllegalStateException(
          "no gradient of '%s' was handed to PeftModel.afterStep, but the method reads it"
              .formatted(name));
    }
    return gradient;
  }
}
