package io.peft4j.backbones.weights;

import io.peft4j.api.InputException;
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
   * Named arrays, which must be exactly those the backbone asks for: buffers are ignored, spare
   * tensors (a classifier that is not built) ignored and logged. Position-bias tables of another
   * window (another image size can mean one) are resized bicubically, as timm does, and logged.
   *
   * @param origin where they come from, for messages
   */
  static WeightSource of(String origin, Map<String, INDArray> arrays) {
    return new NamedWeights(origin, arrays);
  }

  /** As {@link #of(String, Map)}. */
  static WeightSource of(Map<String, INDArray> arrays) {
    return of("the given weights", arrays);
  }

  /**
   * The tensors of a safetensors file, as {@link #of(String, Map)}.
   *
   * @throws InputException if the file is damaged
   */
  static WeightSource file(Path path) {
    return of(path.toString(), Safetensors.read(path));
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
