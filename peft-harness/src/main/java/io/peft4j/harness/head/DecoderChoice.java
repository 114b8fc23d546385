package io.peft4j.harness.head;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Feature;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A decoder by name, with its widths.
 *
 * @param id name of the decoder
 * @param channels reduced channels per scale, finest first; empty for the rule of {@link
 *     #channels(List)}
 */
public record DecoderChoice(String id, List<Integer> channels) {
  private static final ImmutableMap<String, Function<ImmutableIntArray, Decoder>> KNOWN =
      ImmutableMap.of("hrnet", HrnetDecoder::new);

  /** Finest width for backbones that the reference's widths would hardly reduce. */
  private static final int SMALL_WIDTH = 8;

  /** Refuses unknown names and widths that are not positive. */
  public DecoderChoice {
    channels = ImmutableList.copyOf(channels);
    if (!KNOWN.containsKey(id)) {
      throw new InputException(
          "unknown decoder '%s'%s".formatted(id, NearestName.hint(id, KNOWN.keySet())));
    }
    if (channels.stream().anyMatch(c -> c < 1)) {
      throw new InputException("decoder channels %s must be positive".formatted(channels));
    }
  }

  /** The HRNet decoder with widths by rule. */
  public static DecoderChoice byRule() {
    return new DecoderChoice("hrnet", ImmutableList.of());
  }

  /** The decoder for a backbone with these features, finest first. */
  public Decoder decoder(List<Feature> features) {
    return KNOWN.get(id).apply(ImmutableIntArray.copyOf(channels(features)));
  }

  /**
   * The widths for these features: those given, else 18·2^i at scale i (the reference's 18, 36, 72,
   * 144, those of HRNet-W18) where they are at most half of every feature, else 8·2^i.
   *
   * <p>The reference's widths do not depend on the backbone: they are the same for every Swin, and
   * the published 8.69 M of MTLoRA (r = 64) on a PVT with features 64, 128, 320, 512 is met with
   * them alone (adapters 5,107,712, decoders 1,624,064, norms and patch embeddings of PVT V2
   * 1,953,344). Backbones that are smaller than any published one get narrower heads.
   *
   * @throws InputException if widths are given for another number of scales
   */
  public List<Integer> channels(List<Feature> features) {
    if (channels.isEmpty()) {
      List<Integer> reference = doubling(HrnetDecoder.REFERENCE_CHANNELS.get(0), features.size());
      return halveEvery(features, reference) ? reference : doubling(SMALL_WIDTH, features.size());
    }
    if (channels.size() != features.size()) {
      throw new InputException(
          "decoder channels %s are for %d scales, but the backbone has %d"
              .formatted(channels, channels.size(), features.size()));
    }
    return channels;
  }

  private static boolean halveEvery(List<Feature> features, List<Integer> widths) {
    return IntStream.range(0, features.size())
        .allMatch(i -> 2 * widths.get(i) <= features.get(i).channels());
  }

  private static List<Integer> doubling(int finest, int scales) {
    return IntStream.range(0, scales).mapToObj(i -> finest << i).toList();
  }
}
