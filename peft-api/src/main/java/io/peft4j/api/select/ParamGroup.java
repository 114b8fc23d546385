package io.peft4j.api.select;

import com.google.common.collect.ImmutableSet;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Param.Kind;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Groups of backbone parameters that adapter methods train beside their own; groups may overlap.
 *
 * <p>{@link #OTHERS} is what MTLoRA (Agiza et al., CVPR 2024) leaves trainable: on Swin-Tiny
 * 1,599,546 numbers.
 */
public enum ParamGroup {
  /** Patch embedding: kernel, bias and norm. */
  PATCH_EMBED(p -> p.place().isPatchEmbedding()),
  /** Linear layers of the patch merging; their norms belong to {@link #NORMS}. */
  MERGING(p -> p.place().isMerging() && !isNorm(p)),
  /** Gains and offsets of all norms, those of patch embedding and merging included. */
  NORMS(ParamGroup::isNorm),
  /** Relative-position-bias tables and position embeddings. */
  POSITION_BIAS(p -> p.kind() == Kind.POSITION_BIAS),
  /** Spatial reduction of keys and values (PVT): kernels, biases and norms. */
  SR(p -> p.place().isSpatialReduction()),
  /** Every bias vector, of linear layers, convolutions and norms. */
  BIASES(p -> p.kind() == Kind.BIAS || p.kind() == Kind.NORM_BIAS),
  /**
   * Patch embedding, merging, norms and position bias; not the biases of other layers. Of a spatial
   * reduction the norm alone, as the rule of the published code has it, which goes by names; {@link
   * #SR} adds the rest.
   */
  OTHERS(
      p ->
          PATCH_EMBED.contains(p)
              || MERGING.contains(p)
              || NORMS.contains(p)
              || POSITION_BIAS.contains(p));

  private final Predicate<Param> rule;

  ParamGroup(Predicate<Param> rule) {
    this.rule = rule;
  }

  /** True if the parameter is in this group. */
  public boolean contains(Param param) {
    return rule.test(param);
  }

  /** Parameters that are in at least one of the groups, in the order of the forward pass. */
  public static List<Param> union(Collection<ParamGroup> groups, Backbone backbone) {
    return backbone.params().stream()
        .filter(p -> groups.stream().anyMatch(g -> g.contains(p)))
        .toList();
  }

  /**
   * What a method trains beside its own parameters: as {@link #union}, but every group must exist.
   *
   * @throws InputException naming a group that the backbone lacks, and those that it has
   */
  public static ImmutableSet<Param> unfrozen(Collection<ParamGroup> groups, Backbone backbone) {
    for (ParamGroup group : groups) {
      if (!group.isIn(backbone)) {
        throw new InputException(
            "unfreeze: %s has no %s; it has %s"
                .formatted(
                    backbone.id(),
                    group,
                    Arrays.stream(values())
                        .filter(g -> g.isIn(backbone))
                        .map(ParamGroup::toString)
                        .collect(Collectors.joining(", "))));
      }
    }
    return ImmutableSet.copyOf(union(groups, backbone));
  }

  private boolean isIn(Backbone backbone) {
    return backbone.params().stream().anyMatch(this::contains);
  }

  /** As options spell it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static boolean isNorm(Param param) {
    return param.kind() == Kind.NORM_WEIGHT || param.kind() == Kind.NORM_BIAS;
  }
}
