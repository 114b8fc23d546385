package io.peft4j.harness.run;

import com.google.common.hash.Hashing;
import com.google.common.io.Resources;
import io.peft4j.backbones.weights.WeightSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Optional;

/**
 * What is known of the weights that {@link WeightSource#pretrained} gives, without reading them.
 */
final class ShippedWeights {
  private ShippedWeights() {}

  private static Optional<URL> resource(String preset) {
    return Optional.ofNullable(WeightSource.class.getResource(preset + ".safetensors"));
  }

  /** SHA-256 of the weights, if a file is shipped for the preset. */
  static Optional<String> hash(String preset) {
    return resource(preset)
        .map(
            url -> {
              try {
                return Resources.asByteSource(url).hash(Hashing.sha256()).toString();
              } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + url + ": " + e, e);
              }
            });
  }
}
