package io.peft4j.backbones.weights;

import io.peft4j.api.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Pre-trained weights as class path resources, {@code <preset>.safetensors} beside this class. */
final class ShippedWeights {
  private ShippedWeights() {}

  static WeightSource of(String preset) {
    String name = preset + ".safetensors";
    try (InputStream stream = ShippedWeights.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new InputException(
            "no pre-trained weights ship for '%s', only for swin-nano; name a file of weights"
                .formatted(preset));
      }
      return WeightSource.stream(stream, "the weights shipped for " + preset);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the weights shipped for " + preset, e);
    }
  }
}
