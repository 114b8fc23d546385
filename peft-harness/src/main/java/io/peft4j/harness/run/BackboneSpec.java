package io.peft4j.harness.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.google.common.io.Files;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.files.CheckpointFiles;
import io.peft4j.backbones.weights.LoadOptions;
import io.peft4j.backbones.weights.ShippedWeights;
import io.peft4j.backbones.weights.WeightSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Which backbone, for which image size, from which weights.
 *
 * @param preset name of the architecture
 * @param height image height
 * @param width image width
 * @param pad whether sizes that do not divide are padded
 * @param weights {@link #PRETRAINED}, {@link #RANDOM}, or the path of a file or folder of weights
 * @param weightsHash SHA-256 of the weights' bytes, so that another file under the same name is
 *     another run; of several files, of their names and hashes; empty for random ones
 * @param loading how a file is read; absent in records of older versions, which were strict
 */
public record BackboneSpec(
    String preset,
    int height,
    int width,
    boolean pad,
    String weights,
    String weightsHash,
    // Left out where strict, so that such records are those of older versions.
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = Strict.class)
        LoadOptions loading) {
  /** The weights that the library ships. */
  public static final String PRETRAINED = "pretrained";

  /** Random start values. */
  public static final String RANDOM = "random";

  /** Seed of random weights: like pre-trained ones they are the same for every run. */
  private static final long RANDOM_SEED = 0;

  /** Checks that the preset exists. */
  public BackboneSpec {
    Backbones.named(preset);
    loading = Objects.requireNonNullElse(loading, LoadOptions.STRICT);
  }

  /** A backbone of random weights. */
  public static BackboneSpec random(Architecture config) {
    return of(config, RANDOM, "", LoadOptions.STRICT);
  }

  /**
   * A backbone with the weights of a file or folder.
   *
   * @param path what {@link CheckpointFiles#open} takes
   * @param loading how it is read
   * @throws InputException if there is no such file, it is damaged, or it does not fit
   */
  public static BackboneSpec file(Architecture config, Path path, LoadOptions loading) {
    Checkpoint checkpoint = CheckpointFiles.open(path);
    config.check(WeightSource.checkpoint(checkpoint, loading));
    return of(config, path.toString(), hash(checkpoint), loading);
  }

  /** The shipped weights where there are some for the preset, else random ones. */
  public static BackboneSpec standard(Architecture config) {
    return ShippedWeights.bytes(config.id())
        .map(BackboneSpec::hash)
        .map(hash -> of(config, PRETRAINED, hash, LoadOptions.STRICT))
        .orElseGet(() -> random(config));
  }

  private static BackboneSpec of(
      Architecture config, String weights, String hash, LoadOptions loading) {
    boolean pad = config.padding() == Padding.PAD;
    return new BackboneSpec(
        config.id(), config.imageHeight(), config.imageWidth(), pad, weights, hash, loading);
  }

  /** Whether its weights are a file's or a folder's. */
  boolean isFile() {
    return !weights.equals(PRETRAINED) && !weights.equals(RANDOM);
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
        Checkpoint checkpoint = CheckpointFiles.open(Path.of(weights));
        requireHash(hash(checkpoint));
        return WeightSource.checkpoint(checkpoint, loading);
    }
  }

  private void requireHash(String found) {
    if (!found.equals(weightsHash)) {
      throw new InputException(
          "%s weights of %s have changed since the run: SHA-256 %s, not %s"
              .formatted(weights, preset, found, weightsHash));
    }
  }

  private static String hash(Checkpoint checkpoint) {
    List<Path> files = checkpoint.files();
    if (files.size() == 1) {
      return hash(Files.asByteSource(files.get(0).toFile()));
    }
    Hasher all = Hashing.sha256().newHasher();
    for (Path file : files) {
      all.putString(file.getFileName() + "\n", StandardCharsets.UTF_8)
          .putString(hash(Files.asByteSource(file.toFile())) + "\n", StandardCharsets.UTF_8);
    }
    return all.hash().toString();
  }

  private static String hash(ByteSource bytes) {
    try {
      return bytes.hash(Hashing.sha256()).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + bytes + ": " + e, e);
    }
  }

  /** Tells Jackson which value of {@link #loading} to leave out: the one that this equals. */
  static final class Strict {
    @Override
    public boolean equals(Object other) {
      return LoadOptions.STRICT.equals(other);
    }

    @Override
    public int hashCode() {
      return LoadOptions.STRICT.hashCode();
    }
  }
}
