package io.peft4j.backbones.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.safetensors.TensorType;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Arrays in memory. */
record ArrayCheckpoint(
    String origin, ImmutableMap<String, INDArray> arrays, ImmutableMap<String, Entry> entries)
    implements Checkpoint {
  static ArrayCheckpoint of(String origin, Map<String, INDArray> arrays) {
    ImmutableMap.Builder<String, Entry> entries = ImmutableMap.builder();
    arrays.forEach(
        (name, array) ->
            entries.put(
                name,
                new Entry(
                    TensorType.of(array.dataType())
                        .orElseThrow(
                            () ->
                                new InputException(
                                    "%s: %s has type %s; cast it to FLOAT"
                                        .formatted(origin, name, array.dataType()))),
                    Shape.of(array.shape()))));
    return new ArrayCheckpoint(origin, ImmutableMap.copyOf(arrays), entries.buildOrThrow());
  }

  @Override
  public INDArray read(String name) {
    return arrays.get(name);
  }

  @Override
  public ImmutableList<Path> files() {
    return ImmutableList.of();
  }
}
