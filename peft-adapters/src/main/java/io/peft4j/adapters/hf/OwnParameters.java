package io.peft4j.adapters.hf;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Parameters of modules themselves, which {@code bias} and {@code modules_to_save} put in a file.
 *
 * @param trained those of the backbone, by our path
 * @param others those of heads and the like, by their key
 */
record OwnParameters(Map<String, INDArray> trained, Map<String, INDArray> others) {
  static OwnParameters of(Map<String, INDArray> own, WrappedModules modules, Backbone backbone) {
    Map<String, Param> params = new LinkedHashMap<>();
    backbone.params().forEach(p -> params.put(p.path(), p));
    Map<String, INDArray> others = new LinkedHashMap<>();
    Map<String, TreeMap<Integer, INDArray>> parts = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    own.forEach(
        (key, array) -> {
          Optional<ForeignModules.Part> part = modules.param(key);
          if (part.isEmpty()) {
            others.put(key, array);
            return;
          }
          String path = part.get().ours();
          parts.computeIfAbsent(path, p -> new TreeMap<>()).put(part.get().part(), array);
          counts.put(path, part.get().parts());
        });
    Map<String, INDArray> trained = new TreeMap<>();
    parts.forEach(
        (path, arrays) ->
            trained.put(path, joined(params.get(path), arrays, counts.get(path), backbone)));
    return new OwnParameters(trained, others);
  }

  private static INDArray joined(
      Param param, TreeMap<Integer, INDArray> parts, int count, Backbone backbone) {
    long[] shape = param.shape().toArray();
    INDArray first = parts.firstEntry().getValue();
    if (count == 1) {
      requireShape(param, shape, first);
      return first.castTo(backbone.dataType());
    }
    long[] part = shape.clone();
    part[0] /= count;
    INDArray all = start(param, shape, parts.size() < count, backbone);
    parts.forEach(
        (p, array) -> {
          requireShape(param, part, array);
          all.get(NDArrayIndex.interval(p * part[0], (p + 1) * part[0]))
              .assign(array.castTo(backbone.dataType()));
        });
    return all;
  }

  /** Where a part is not in the file, the backbone's own value stands. */
  private static INDArray start(Param param, long[] shape, boolean partly, Backbone backbone) {
    if (!partly) {
      return Nd4j.zeros(backbone.dataType(), shape);
    }
    if (!backbone.hasWeights()) {
      throw new InputException(
          "%s: only a part of it is in the file, the rest being the backbone's; build %s with weights"
              .formatted(param.path(), backbone.id()));
    }
    return backbone.graph().getArrForVarName(param.path()).dup('c');
  }

  private static void requireShape(Param param, long[] wanted, INDArray array) {
    if (!Arrays.equals(wanted, array.shape())) {
      throw new InputException(
          "%s is %s in the file, but %s in the backbone"
              .formatted(param.path(), Arrays.toString(array.shape()), Arrays.toString(wanted)));
    }
  }
}
