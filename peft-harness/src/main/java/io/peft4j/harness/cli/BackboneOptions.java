package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.harness.run.BackboneSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which backbone, and from which weights. */
public final class BackboneOptions {
  @Mixin private ArchitectureOptions architecture = new ArchitectureOptions();

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "weights of the backbone, a safetensors file with the public names")
  private @Nullable Path weights;

  /** The architecture, see {@link ArchitectureOptions#config()}. */
  public Architecture config() {
    return architecture.config();
  }

  /** The file of weights, if one is given. */
  public Optional<Path> weights() {
    return Optional.ofNullable(weights);
  }

  /**
   * The backbone with the weights of the file, or of {@code otherwise} if none is given.
   *
   * @throws InputException if the name is unknown, the image size does not fit, or the weights are
   *     not the architecture's
   */
  public Backbone build(WeightSource otherwise) {
    return config().build(weights().map(BackboneOptions::source).orElse(otherwise), DataType.FLOAT);
  }

  /**
   * The backbone as runs record it: the file of weights, or those that ship, or random ones.
   *
   * @throws InputException as {@link #build}
   */
  public BackboneSpec spec() {
    return weights()
        .map(file -> BackboneSpec.file(config(), file))
        .orElseGet(() -> BackboneSpec.standard(config()));
  }

  /** Tells, once, where the weights come from if that is not what one would expect. */
  static void note(BackboneSpec spec, OutputOptions output) {
    if (spec.weights().equals(BackboneSpec.RANDOM)) {
      output.note(
          "no weights ship for %s and no --weights are given: the frozen backbone is random"
              .formatted(spec.preset()));
    }
  }

  private static WeightSource source(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException("--weights %s: there is no such file".formatted(file));
    }
    return WeightSource.file(file);
  }
}
