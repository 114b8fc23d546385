package io.peft4j.harness.head;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Feature;
import java.util.List;
import java.util.function.Function;

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

  /** Finest feature of Swin-Tiny, the smallest backbone that the reference's widths are for. */
  private static final int REFERENCE_FINEST = 192;

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
   * 144) if the finest feature has at least Swin-Tiny's 192 channels, else 8·2^i.
   *
   * @throws InputException if widths are given for another number of scales
   */
  public List<Integer> channels(List<Feature> features) {
    if (channels.isEmpty()) {
      int finest =
          features.get(0).channels() >= REFERENCE_FINEST
              ? HrnetDecoder.REFERENCE_CHANNELS.get(0)
              : SMALL_WIDTH;
      ImmutableList.Builder<Integer> widths = ImmutableList.builder();
      for (int i = 0; i < features.size(); i++) {
        widths.add(finest << i);
      }
      return widths.build();
    }
    if (channels.size() != features.size()) {
      throw new InputException(
          "decoder channels %s are for %d scales, but the backbone has %d"
              .formatted(channels, channels.size(), features.size()));
    }
    return channels;
  }
}
