package io.peft4j.backbones.weights;

import io.peft4j.api.InputException;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.files.CheckpointFiles;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.natives.NativeSetup;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Gives a backbone the arrays of its parameters. */
public interface WeightSource {
  /**
   * Checks, before anything is built, that this source can serve a backbone.
   *
   * @throws InputException naming every missing, unexpected or misshapen tensor
   */
  default void check(WeightSpec spec) {}

  /** The epsilon of the layer norms that the weights were trained with, where it is known. */
  default Optional<Double> normEpsilon() {
    return Optional.empty();
  }

  /**
   * The array of a parameter in the given type, or nothing if the backbone is to be built for
   * counting only. The array is not copied again: the caller must not write to it.
   */
  Optional<INDArray> array(WeightSpec.Tensor tensor, DataType type);

  /**
   * The start values of the architecture. Each tensor has a generator of its own, derived from the
   * seed and its path, so a tensor's values do not depend on which others exist.
   */
  static WeightSource random(long seed) {
    NativeSetup.prepare();
    return new RandomWeights(seed);
  }

  /** No arrays: parameters become placeholders of known shape, for counting. */
  static WeightSource shapesOnly() {
    return (tensor, type) -> Optional.empty();
  }

  /**
   * Named arrays, as {@link #checkpoint}.
   *
   * @param origin where they come from, for messages
   */
  static WeightSource of(String origin, Map<String, INDArray> arrays) {
    return of(origin, arrays, LoadOptions.STRICT);
  }

  /** As {@link #of(String, Map)}, read in this way. */
  static WeightSource of(String origin, Map<String, INDArray> arrays, LoadOptions options) {
    return checkpoint(ArrayCheckpoint.of(origin, arrays), options);
  }

  /** As {@link #of(String, Map)}. */
  static WeightSource of(Map<String, INDArray> arrays) {
    return of("the given weights", arrays);
  }

  /**
   * The tensors of a file or folder, as {@link #checkpoint}, strictly.
   *
   * @param path what {@link CheckpointFiles#open} takes: safetensors, a file of {@code torch.save},
   *     an index of several, or a folder
   * @throws InputException if there is none or it is damaged
   */
  static WeightSource file(Path path) {
    return file(path, LoadOptions.STRICT);
  }

  /** As {@link #file(Path)}, read in this way. */
  static WeightSource file(Path path, LoadOptions options) {
    return checkpoint(CheckpointFiles.open(path), options);
  }

  /**
   * The tensors of a checkpoint, each read when the backbone asks for it. They must be exactly the
   * backbone's parameters, but for what is allowed; buffers that are computed (attention masks,
   * position indices) and spare tensors (a classifier that is not built) are ignored. The names may
   * be those of any code that {@link WeightSpec#names()} knows, behind a common prefix. Position
   * tables of another size are resized bicubically, as the original codes do; from another window
   * than the architecture's only where that is allowed. What a configuration beside the weights
   * says must agree, but for the epsilon of norms, which is followed. What was decided is logged.
   */
  static WeightSource checkpoint(Checkpoint checkpoint, LoadOptions options) {
    return new CheckpointWeights(checkpoint, options);
  }

  /**
   * The tensors of a safetensors stream, such as a class path resource; the caller closes it.
   *
   * @param origin name of the stream, for messages
   * @throws InputException if the data is damaged
   */
  static WeightSource stream(InputStream stream, String origin) {
    return of(origin, Safetensors.read(stream, origin));
  }

  /**
   * The pre-trained weights that ship with this artifact.
   *
   * @param preset name of the architecture, such as {@code swin-nano}
   * @throws InputException if none ship for it
   */
  static WeightSource pretrained(String preset) {
    return ShippedWeights.source(preset);
  }
}
