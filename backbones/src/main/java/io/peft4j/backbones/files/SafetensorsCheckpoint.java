package io.peft4j.backbones.files;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.safetensors.SafetensorsFile;
import io.peft4j.backbones.safetensors.TensorInfo;
import java.nio.file.Path;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A safetensors file.
 *
 * @param path the file
 * @param entries what it holds
 */
record SafetensorsCheckpoint(Path path, ImmutableMap<String, Entry> entries) implements Checkpoint {
  static SafetensorsCheckpoint open(Path path) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return new SafetensorsCheckpoint(
          path,
          file.tensors().stream()
              .collect(
                  ImmutableMap.toImmutableMap(
                      TensorInfo::name, t -> new Entry(t.type(), t.shape()))));
    }
  }

  @Override
  public String origin() {
    return path.toString();
  }

  @Override
  public ImmutableList<Path> files() {
    return ImmutableList.of(path);
  }

  @Override
  public INDArray read(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(path + ": no tensor '" + name + "'");
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return file.read(name, entry.type().dataType(), entry.shape());
    }
  }
}
