package io.peft4j.backbones.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteSource;
import com.google.common.io.Resources;
import io.peft4j.api.InputException;
import io.peft4j.backbones.safetensors.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Pre-trained weights inside this artifact: {@code <preset>.safetensors} beside this class. The
 * files hold a final norm and a classifier too, and tell in their metadata how they were made.
 */
public final class ShippedWeights {
  /** Presets small enough to ship; resources cannot be listed. */
  private static final ImmutableList<String> CANDIDATES = ImmutableList.of("swin-nano", "pvt-nano");

  private ShippedWeights() {}

  /** The presets that a file ships for. */
  public static List<String> presets() {
    return CANDIDATES.stream().filter(p -> bytes(p).isPresent()).toList();
  }

  /** The bytes of the file that ships for a preset, if one does. */
  public static Optional<ByteSource> bytes(String preset) {
    URL url = ShippedWeights.class.getResource(preset + ".safetensors");
    return Optional.ofNullable(url).map(Resources::asByteSource);
  }

  /**
   * All tensors of the file, the classifier's included.
   *
   * @throws InputException if none ships for the preset
   */
  public static Map<String, INDArray> tensors(String preset) {
    ByteSource bytes =
        bytes(preset)
            .orElseThrow(
                () ->
                    new InputException(
                        "no pre-trained weights ship for '%s', only for %s; name a file of weights"
                            .formatted(preset, String.join(", ", presets()))));
    try (InputStream stream = bytes.openStream()) {
      return Safetensors.read(stream, origin(preset));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + origin(preset), e);
    }
  }

  static WeightSource source(String preset) {
    return WeightSource.of(origin(preset), tensors(preset));
  }

  private static String origin(String preset) {
    return "the weights shipped for " + preset;
  }
}
