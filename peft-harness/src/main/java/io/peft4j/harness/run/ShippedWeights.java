package io.peft4j.harness.run;

import com.google.common.hash.Hashing;
import com.google.common.io.Resources;
import io.peft4j.api.InputException;
import io.peft4j.backbones.weights.WeightSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Optional;

/** Weights inside the backbones artifact, {@code <preset>.safetensors} beside WeightSource. */
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

  /**
   * The weights.
   *
   * @throws InputException if none are shipped for the preset
   */
  static WeightSource source(String preset) {
    URL url =
        resource(preset)
            .orElseThrow(
                () ->
                    new InputException(
                        "no weights are shipped for %s; name a file of them".formatted(preset)));
    try (InputStream stream = url.openStream()) {
      return WeightSource.stream(stream, url.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + url + ": " + e, e);
    }
  }
}
