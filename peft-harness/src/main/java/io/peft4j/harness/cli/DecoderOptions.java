package io.peft4j.harness.cli;

import io.peft4j.harness.head.DecoderChoice;
import java.util.List;
import picocli.CommandLine.Option;

/** Which decoder. */
public final class DecoderOptions {
  @Option(
      names = "--decoder",
      paramLabel = "NAME",
      defaultValue = "hrnet",
      description = "decoder of every task: hrnet (default: ${DEFAULT-VALUE})")
  private String decoder;

  @Option(
      names = "--decoder-channels",
      paramLabel = "N",
      split = ",",
      description =
          "reduced channels per scale (default: 18,36,72,144, for small backbones 8,16,32,64)")
  private List<Integer> channels = List.of();

  /**
   * The choice.
   *
   * @throws io.peft4j.api.InputException if there is no such decoder, or a width is not positive
   */
  public DecoderChoice choice() {
    return new DecoderChoice(decoder, channels);
  }
}
