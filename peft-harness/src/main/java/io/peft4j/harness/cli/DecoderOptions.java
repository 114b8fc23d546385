package io.peft4j.harness.cli;

import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.head.DecoderNorms;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which decoder. */
public final class DecoderOptions {
  @Option(
      names = "--decoder",
      paramLabel = "NAME",
      defaultValue = "hrnet",
      description = "decoder of every task: hrnet or segformer-mlp (default: ${DEFAULT-VALUE})")
  private String decoder;

  @Option(
      names = "--decoder-channels",
      paramLabel = "N",
      split = ",",
      description =
          "hrnet: reduced channels per scale (default: 18,36,72,144, for small backbones"
              + " 8,16,32,64); segformer-mlp: its width (default: 256)")
  private List<Integer> channels = List.of();

  @Option(
      names = "--decoder-norms",
      paramLabel = "none|per-task|shared",
      description =
          "layer norm of each stage's output before the decoder (default: none; with segformer-mlp"
              + " on swin per-task, as in Polyhistor's benchmark)")
  private @Nullable String norms;

  /**
   * The choice.
   *
   * @throws io.peft4j.api.InputException if there is no such decoder or norms, or a width is not
   *     positive
   */
  public DecoderChoice choice() {
    return new DecoderChoice(
        decoder, channels, norms == null ? DecoderNorms.BY_RULE : DecoderNorms.parse(norms));
  }
}
