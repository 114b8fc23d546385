package io.peft4j.tglora;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.grouping.Partition;
import io.peft4j.grouping.TaskGroups;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A TGLoRA layer (section 3.2, eq. 4): {@code y_π = W x_π + γ B_π A_π x_π} for each task group π,
 * with {@code A_π [r_π, in]}, {@code B_π [out, r_π]}.
 */
final class TgloraLayer {
  private final TgloraConfig config;
  private final LinearSite site;
  private final TaskGroups groups;
  private final RankSplit ranks;

  private TgloraLayer(TgloraConfig config, LinearSite site, TaskGroups groups, RankSplit ranks) {
    this.config = config;
    this.site = site;
    this.groups = groups;
    this.ranks = ranks;
  }

  /**
   * The layer of a site.
   *
   * @throws InputException if a group's rank is larger than the weight's
   */
  static TgloraLayer of(TgloraConfig config, LinearSite site, TaskGroups groups, RankSplit ranks) {
    Partition partition = groups.at(site.place());
    int largest = partition.groups().stream().mapToInt(g -> ranks.of(g.size())).max().orElseThrow();
    int max = Math.min(site.in(), site.out());
    if (largest > max) {
      throw new InputException(
          "a group's rank %d is larger than site %s allows (%d outputs, %d inputs: at most %d);"
                  .formatted(largest, site.path(), site.out(), site.in(), max)
              + " lower rank or lastStageRank");
    }
    return new TgloraLayer(config, site, groups, ranks);
  }

  /** The output {@code [batch·rows, out]} of the group that is being answered. */
  SDVariable emit(Emit emit) {
    Ops ops = emit.ops();
    int rank = ranks.of(groups.tasksOf(emit.stream()));
    SDVariable a = emit.param("lora_A", Kind.LOW_RANK, Init.kaimingUniform(), rank, site.in());
    SDVariable b = emit.param("lora_B", Kind.LOW_RANK, Init.zeros(), site.out(), rank);
    SDVariable x = emit.dropout("lora_dropout", emit.input(), config.dropout(), site.in());
    return emit.next().add(ops.linear(ops.linear(x, a), b).mul(config.factor(rank)));
  }
}
