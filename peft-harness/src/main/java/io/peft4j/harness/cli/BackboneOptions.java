package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.weights.LoadOptions;
import io.peft4j.harness.run.BackboneSpec;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which backbone, and from which weights. */
public final class BackboneOptions {
  @Mixin private ArchitectureOptions architecture = new ArchitectureOptions();

  @Option(
      names = "--weights",
      paramLabel = "PATH",
      description =
          "weights of the backbone: a .safetensors, .pth, .pt or .bin file, the index of several,"
              + " or a Hugging Face folder")
  private @Nullable Path weights;

  @Option(
      names = "--weights-names",
      paramLabel = "CODE",
      defaultValue = LoadOptions.DETECT,
      description =
          "whose names the weights have: microsoft, timm, huggingface or torchvision for Swin,"
              + " official, timm or huggingface for PVT (default: ${DEFAULT-VALUE})")
  private String names;

  @Option(
      names = "--allow-missing",
      paramLabel = "NAME",
      split = ",",
      description = "parameters that the weights may lack (they start anew); * for any characters")
  private List<String> allowMissing = List.of();

  @Option(
      names = "--allow-unexpected",
      paramLabel = "NAME",
      split = ",",
      description = "entries of the weights that may be left over; * for any characters")
  private List<String> allowUnexpected = List.of();

  @Option(
      names = "--allow-resize",
      description =
          "resize position tables of another window than the backbone's, which makes another network")
  private boolean allowResize;

  /** The architecture, see {@link ArchitectureOptions#config()}. */
  public Architecture config() {
    return architecture.config();
  }

  /**
   * The backbone as runs record it: the weights that are given, or those that ship, or random ones.
   *
   * @throws InputException if the name is unknown, the image size does not fit, the weights are not
   *     the architecture's, or it is said how to read weights but not which
   */
  public BackboneSpec spec() {
    LoadOptions loading = new LoadOptions(names, allowMissing, allowUnexpected, allowResize);
    if (weights != null) {
      return BackboneSpec.file(config(), weights, loading);
    }
    if (!loading.equals(LoadOptions.STRICT)) {
      throw new InputException(
          "--weights-names, --allow-missing, --allow-unexpected and --allow-resize say how --weights"
              + " are read; name them too");
    }
    return BackboneSpec.standard(config());
  }

  /** Tells, once, where the weights come from if that is not what one would expect. */
  static void note(BackboneSpec spec, OutputOptions output) {
    if (spec.weights().equals(BackboneSpec.RANDOM)) {
      output.note(
          "no weights ship for %s and no --weights are given: the frozen backbone is random"
              .formatted(spec.preset()));
    }
  }
}
