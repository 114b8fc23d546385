package io.peft4j.harness.run;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.weights.ShippedWeights;
import io.peft4j.backbones.weights.WeightSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Which backbone, for which image size, from which weights.
 *
 * @param preset name of the architecture
 * @param height image height
 * @param width image width
 * @param pad whether sizes that do not divide are padded
 * @param weights {@link #PRETRAINED}, {@link #RANDOM}, or the path of a safetensors file
 * @param weightsHash SHA-256 of the weights' bytes, so that another file under the same name is
 *     another run; empty for random ones
 */
public record BackboneSpec(
    String preset, int height, int width, boolean pad, String weights, String weightsHash) {
  /** The weights that the library ships. */
  public static final String PRETRAINED = "pretrained";

  /** Random start values. */
  public static final String RANDOM = "random";

  /** Seed of random weights: like pre-trained ones they are the same for every run. */
  private static final long RANDOM_SEED = 0;

  /** Checks that the preset exists. */
  public BackboneSpec {
    Backbones.named(preset);
  }

  /** A backbone of random weights. */
  public static BackboneSpec random(Architecture config) {
    return of(config, RANDOM, "");
  }

  /**
   * A backbone with the weights of a file.
   *
   * @throws InputException if there is no such file, it is damaged, or it does not fit
   */
  public static BackboneSpec file(Architecture config, Path file) {
    String hash = hash(file);
    config.check(WeightSource.file(file));
    return of(config, file.toString(), hash);
  }

  /** The shipped weights where there are some for the preset, else random ones. */
  public static BackboneSpec standard(Architecture config) {
    return ShippedWeights.bytes(config.id())
        .map(BackboneSpec::hash)
        .map(hash -> of(config, PRETRAINED, hash))
        .orElseGet(() -> random(config));
  }

  private static BackboneSpec of(Architecture config, String weights, String hash) {
    boolean pad = config.padding() == Padding.PAD;
    return new BackboneSpec(
        config.id(), config.imageHeight(), config.imageWidth(), pad, weights, hash);
  }

  /** The architecture. */
  Architecture config() {
    Architecture config = Backbones.named(preset).withImage(height, width);
    return pad ? config.withPadding(Padding.PAD) : config;
  }

  /**
   * Builds it.
   *
   * @throws InputException if the image size or the weights do not fit, or the weights are not
   *     those that were described
   */
  public Backbone build() {
    return config().build(source(), DataType.FLOAT);
  }

  /** Builds it without weights, for counting. */
  public Backbone shapesOnly() {
    return config().build(WeightSource.shapesOnly(), DataType.FLOAT);
  }

  private WeightSource source() {
    switch (weights) {
      case RANDOM:
        return WeightSource.random(RANDOM_SEED);
      case PRETRAINED:
        requireHash(ShippedWeights.bytes(preset).map(BackboneSpec::hash).orElse("none"));
        return WeightSource.pretrained(preset);
      default:
        Path file = Path.of(weights);
        requireHash(hash(file));
        return WeightSource.file(file);
    }
  }

  private void requireHash(String found) {
    if (!found.equals(weightsHash)) {
      throw new InputException(
          "%s weights of %s have changed since the run: SHA-256 %s, not %s"
              .formatted(weights, preset, found, weightsHash));
    }
  }

  private static String hash(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException("%s: there is no such file of weights".formatted(file));
    }
    return hash(com.google.common.io.Files.asByteSource(file.toFile()));
  }

  private static String hash(ByteSource bytes) {
    try {
      return bytes.hash(Hashing.sha256()).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + bytes + ": " + e, e);
    }
  }
}
