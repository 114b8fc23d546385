package io.peft4j.mtlora;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Role;
import java.util.Set;
import java.util.function.Predicate;

/** The layers that MTLoRA adapts, in the order in which a block computes them. */
enum Layer {
  /** Projections before the attention, fused or not. */
  QKV("qkv", MtloraConfig::qkv, Role.ATTN_QKV, Role.ATTN_Q, Role.ATTN_KV),
  /** Output projection of the attention. */
  PROJ("proj", MtloraConfig::proj, Role.ATTN_PROJ),
  /** First layer of the MLP. */
  FC1("fc1", MtloraConfig::fc1, Role.MLP_FC1),
  /** Second layer of the MLP. */
  FC2("fc2", MtloraConfig::fc2, Role.MLP_FC2),
  /** Linear layer of the patch merging. */
  MERGING("mergingLora", MtloraConfig::mergingLora, Role.DOWNSAMPLE_REDUCTION);

  private final String option;
  private final Predicate<MtloraConfig> isOn;
  private final Set<String> roles;

  Layer(String option, Predicate<MtloraConfig> isOn, String... roles) {
    this.option = option;
    this.isOn = isOn;
    this.roles = Set.of(roles);
  }

  boolean isOn(MtloraConfig config) {
    return isOn.test(config);
  }

  boolean covers(LinearSite site) {
    return roles.contains(site.place().role());
  }

  /** True if each task has a pair of its own at this site. */
  boolean isTaskSpecific(LinearSite site) {
    return compareTo(PROJ) >= 0 && compareTo(FC2) <= 0 && site.place().isLastBlock();
  }

  /** Refuses a layer that is switched on, but of which the backbone has none. */
  void requireSites(Backbone backbone) {
    if (backbone.linearSites().stream().noneMatch(this::covers)) {
      throw new InputException(
          "%s is true, but %s has no linear site with role %s; set %s=false"
              .formatted(
                  option,
                  backbone.id(),
                  String.join(" or ", roles.stream().sorted().toList()),
                  option));
    }
  }
}
