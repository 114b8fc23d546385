package io.peft4j.harness.head;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A decoder by name, with its widths and the norms before it.
 *
 * @param id name of the decoder
 * @param channels for hrnet the reduced channels per scale, finest first, for segformer-mlp its
 *     width; empty for the rule of {@link #channels(List)}
 * @param norms norms on the features; absent in records of older versions, which had none
 */
public record DecoderChoice(
    String id,
    List<Integer> channels,
    @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = DecoderChoice.ByRule.class)
        DecoderNorms norms) {
  private static final String HRNET = "hrnet";
  private static final String SEGFORMER = "segformer-mlp";

  private static final ImmutableMap<String, Kind> KNOWN =
      ImmutableMap.of(
          HRNET,
          new Kind(false, HrnetDecoder::new),
          SEGFORMER,
          new Kind(true, c -> new SegformerMlpDecoder(c.get(0))));

  /** Finest width for backbones that the reference's widths would hardly reduce. */
  private static final int SMALL_WIDTH = 8;

  /** Refuses unknown names and widths that are not positive. */
  public DecoderChoice(String id, List<Integer> channels, @Nullable DecoderNorms norms) {
    this.id = id;
    this.channels = ImmutableList.copyOf(channels);
    this.norms = norms == null ? DecoderNorms.BY_RULE : norms;
    if (!KNOWN.containsKey(id)) {
      throw new InputException(
          "unknown decoder '%s'%s".formatted(id, NearestName.hint(id, KNOWN.keySet())));
    }
    if (channels.stream().anyMatch(c -> c < 1)) {
      throw new InputException("decoder channels %s must be positive".formatted(channels));
    }
    if (id.equals(SEGFORMER) && channels.size() > 1) {
      throw new InputException(
          "decoder %s has one width for all scales, not %s; give one number"
              .formatted(id, channels));
    }
  }

  /** The HRNet decoder with widths by rule. */
  public static DecoderChoice byRule() {
    return new DecoderChoice(HRNET, ImmutableList.of(), DecoderNorms.BY_RULE);
  }

  /**
   * The backbone with the features that the decoder reads; this is the one to be adapted.
   *
   * <p>HRNet reads what comes out of the patch merging, as in MTLoRA's reference; segformer-mlp
   * what the last blocks give, as in Polyhistor's benchmark.
   */
  public Backbone on(Backbone backbone) {
    return kind().unmerged() ? backbone.withUnmergedFeatures() : backbone;
  }

  /** The decoder for a backbone, whichever of its features are chosen. */
  public Decoder decoder(Backbone backbone) {
    Decoder plain = kind().maker().of(ImmutableIntArray.copyOf(channels(on(backbone).features())));
    return switch (norms(backbone)) {
      case PER_TASK -> new NormedDecoder(plain, false);
      case SHARED -> new NormedDecoder(plain, true);
      case NONE, BY_RULE -> plain;
    };
  }

  /** The norms on a backbone; the rule is applied. */
  public DecoderNorms norms(Backbone backbone) {
    if (norms != DecoderNorms.BY_RULE) {
      return norms;
    }
    boolean merges = backbone.params().stream().anyMatch(p -> p.place().isMerging());
    return id.equals(SEGFORMER) && merges ? DecoderNorms.PER_TASK : DecoderNorms.NONE;
  }

  /**
   * The widths for these features: those given, else for segformer-mlp 256, for hrnet 18·2^i at
   * scale i (the reference's 18, 36, 72, 144, those of HRNet-W18) where they are at most half of
   * every feature, else 8·2^i.
   *
   * <p>The reference's widths do not depend on the backbone: they are the same for every Swin, and
   * the published 8.69 M of MTLoRA (r = 64) on a PVT with features 64, 128, 320, 512 is met with
   * them alone (adapters 5,107,712, decoders 1,624,064, norms and patch embeddings of PVT V2
   * 1,953,344). Backbones that are smaller than any published one get narrower heads.
   *
   * @throws InputException if widths are given for another number of scales
   */
  public List<Integer> channels(List<Feature> features) {
    if (id.equals(SEGFORMER)) {
      return channels.isEmpty() ? ImmutableList.of(SegformerMlpDecoder.WIDTH) : channels;
    }
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

  private Kind kind() {
    return Objects.requireNonNull(KNOWN.get(id));
  }

  /**
   * What a name stands for.
   *
   * @param unmerged whether it reads features before patch merging
   * @param maker makes it from its widths
   */
  private record Kind(boolean unmerged, Maker maker) {}

  @FunctionalInterface
  private interface Maker {
    Decoder of(ImmutableIntArray channels);
  }

  /** Leaves the rule out of records, so that they are those of versions that had no norms. */
  static final class ByRule {
    @Override
    public boolean equals(Object value) {
      return value == DecoderNorms.BY_RULE;
    }

    @Override
    public int hashCode() {
      return DecoderNorms.BY_RULE.hashCode();
    }
  }
}
