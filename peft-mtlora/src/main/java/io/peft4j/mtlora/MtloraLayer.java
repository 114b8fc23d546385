package io.peft4j.mtlora;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.routing.Stream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * One adapted linear layer: its shared branch, the branches of tasks if it has any, and what it
 * emits on each stream.
 */
final class MtloraLayer {
  private static final String SHARED_A = "lora_shared_A";
  private static final String SHARED_B = "lora_shared_B";
  private static final String NORM_GAIN = "lora_norm.weight";
  private static final String NORM_OFFSET = "lora_norm.bias";
  private static final double NORM_EPS = 1e-5;

  private final MtloraConfig config;
  private final LinearSite site;
  private final List<String> tasks;
  private final boolean splitsStreams;

  /** Equal parts of the output that have a pair each. */
  private final int parts;

  /**
   * The layer of a site.
   *
   * @param tasks tasks that have a branch of their own here; none if the layer is shared
   * @param splitsStreams true if the tasks' streams begin here, so that their input is the shared
   *     one
   * @throws InputException if a rank is larger than the weight's
   */
  MtloraLayer(MtloraConfig config, LinearSite site, List<String> tasks, boolean splitsStreams) {
    this.config = config;
    this.site = site;
    this.tasks = List.copyOf(tasks);
    this.splitsStreams = splitsStreams;
    this.parts = config.splitQkv() ? parts(site) : 1;
    if (hasSharedPair()) {
      requireRank("sharedRank", config.sharedRank());
    }
    for (String task : tasks) {
      boolean own = config.rankPerTask().containsKey(task);
      requireRank(own ? "rankPerTask " + task : "taskRank", config.rankOf(task));
    }
  }

  private static int parts(LinearSite site) {
    return switch (site.place().role()) {
      case Role.ATTN_QKV -> 3;
      case Role.ATTN_KV -> 2;
      default -> 1;
    };
  }

  private void requireRank(String option, int rank) {
    int width = site.out() / parts;
    int max = Math.min(site.in(), width);
    if (rank > max) {
      throw new InputException(
          "%s %d is larger than site %s allows (%d outputs, %d inputs: at most %d)"
              .formatted(option, rank, site.path(), width, site.in(), max));
    }
  }

  /** What the stream of {@code emit} computes here, {@code [batch·rows, out]}. */
  SDVariable emit(Emit emit) {
    if (tasks.isEmpty()) {
      return emit.next().add(sharedBranch(emit));
    }
    if (emit.stream().isShared()) {
      SDVariable branch = hasSharedPair() ? sharedBranch(emit) : normedSum(emit);
      return emit.next().add(branch);
    }
    SDVariable base =
        switch (config.form()) {
          case REFERENCE, ADDITION -> emit.next(Stream.SHARED);
          case PAPER -> emit.next();
          case V2 -> emit.value(site.output(), Stream.SHARED);
        };
    return base.add(taskBranch(emit));
  }

  /** Trainable numbers by the formula, those that no gradient reaches included. */
  long numbers() {
    long shared = sharedTensors().values().stream().mapToLong(Shape::size).sum();
    return shared + tasks.stream().mapToLong(task -> pairNumbers(config.rankOf(task))).sum();
  }

  /** The tensors that only the shared output reads, by their full names. */
  Map<String, Shape> sharedTensors() {
    String prefix = site.path() + ".";
    return hasSharedPair()
        ? ImmutableMap.of(
            prefix + SHARED_A, Shape.of(shapeOfA(config.sharedRank())),
            prefix + SHARED_B, Shape.of(shapeOfB(config.sharedRank())))
        : ImmutableMap.of(
            prefix + NORM_GAIN, Shape.of(site.out()), prefix + NORM_OFFSET, Shape.of(site.out()));
  }

  /** {@code s·B A d(x)}; the same pair on every stream that comes by. */
  private SDVariable sharedBranch(Emit emit) {
    int rank = config.sharedRank();
    SDVariable a = emit.sharedParam(SHARED_A, Kind.LOW_RANK, Init.kaimingUniform(), shapeOfA(rank));
    SDVariable b = emit.sharedParam(SHARED_B, Kind.LOW_RANK, Init.zeros(), shapeOfB(rank));
    return lowRank(emit.ops(), dropped(emit), a, b, rank).mul(config.scale());
  }

  /** {@code s_t·B_t A_t u_t}: the task's own input as it is, or the shared one dropped. */
  private SDVariable taskBranch(Emit emit) {
    String task = emit.stream().id();
    int rank = config.rankOf(task);
    SDVariable a = emit.param("lora_tasks_A", Kind.LOW_RANK, Init.kaimingUniform(), shapeOfA(rank));
    SDVariable b = emit.param("lora_tasks_B", Kind.LOW_RANK, Init.zeros(), shapeOfB(rank));
    SDVariable u = splitsStreams ? dropped(emit) : emit.input();
    return lowRank(emit.ops(), u, a, b, rank).mul(config.scaleOf(task));
  }

  /** {@code LayerNorm(Σ_t y_t)}. */
  private SDVariable normedSum(Emit emit) {
    SDVariable sum =
        tasks.stream()
            .map(task -> emit.value(site.output(), Stream.of(task)))
            .reduce(SDVariable::add)
            .orElseThrow();
    SDVariable gain = emit.sharedParam(NORM_GAIN, Kind.NORM_WEIGHT, Init.ones(), site.out());
    SDVariable offset = emit.sharedParam(NORM_OFFSET, Kind.NORM_BIAS, Init.zeros(), site.out());
    return emit.ops().layerNorm(sum, gain, offset, NORM_EPS);
  }

  private SDVariable dropped(Emit emit) {
    return emit.dropout("lora_dropout", emit.input(), config.dropout(), site.in());
  }

  /** {@code (x Aᵀ) Bᵀ}; with several pairs, which lie one below the other, part by part. */
  private SDVariable lowRank(Ops ops, SDVariable x, SDVariable a, SDVariable b, int rank) {
    SDVariable low = ops.linear(x, a);
    if (parts == 1) {
      return ops.linear(low, b);
    }
    int width = site.out() / parts;
    SDVariable[] joined = new SDVariable[parts];
    Arrays.setAll(
        joined,
        i ->
            ops.linear(
                ops.slice(low, 1, (long) i * rank, (i + 1L) * rank),
                ops.slice(b, 0, (long) i * width, (i + 1L) * width)));
    return ops.concat(1, joined);
  }

  private boolean hasSharedPair() {
    return tasks.isEmpty() || config.form() != MtloraConfig.Form.ADDITION;
  }

  private long pairNumbers(int rank) {
    return Shape.of(shapeOfA(rank)).size() + Shape.of(shapeOfB(rank)).size();
  }

  private long[] shapeOfA(int rank) {
    return new long[] {(long) parts * rank, site.in()};
  }

  private long[] shapeOfB(int rank) {
    return new long[] {site.out(), rank};
  }
}
