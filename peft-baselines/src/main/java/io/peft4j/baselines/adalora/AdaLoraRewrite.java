package io.peft4j.baselines.adalora;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.api.method.OwnParameters;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.SharedOrPerTask;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** AdaLoRA on one backbone: its branches, their penalty and their budget. */
final class AdaLoraRewrite extends SharedOrPerTask {
  private static final String LEFT = "lora_B";
  private static final String VALUES = "lora_E";
  private static final String RIGHT = "lora_A";

  /** Standard deviation of P and Q at the start, of the authors' code and HF peft's. */
  private static final double STD = 0.02;

  private final AdaLoraConfig config;
  private final DataType type;
  private final ImmutableMap<String, LinearSite> sites;
  private final int factors;
  private final List<RankAllocator> allocators;

  AdaLoraRewrite(AdaLoraConfig config, Backbone backbone, List<Task> tasks) {
    super(config.perTask(), tasks);
    this.config = config;
    this.type = backbone.dataType();
    this.sites = Maps.uniqueIndex(config.selector().select(backbone), LinearSite::path);
    List<String> ends =
        config.perTask() ? tasks.stream().map(t -> "." + t.name()).toList() : List.of("");
    this.factors = 2 * sites.size() * ends.size();
    this.allocators = ends.stream().map(end -> new RankAllocator(config, names(end))).toList();
  }

  private List<RankAllocator.Names> names(String end) {
    return sites.keySet().stream()
        .map(
            path ->
                new RankAllocator.Names(
                    path + "." + LEFT + end, path + "." + VALUES + end, path + "." + RIGHT + end))
        .toList();
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    if (!sites.containsKey(site.path())) {
      return emit.next();
    }
    Ops ops = emit.ops();
    int rank = config.initialRank();
    SDVariable right = emit.param(RIGHT, Init.normal(STD), rank, site.in());
    SDVariable values = emit.param(VALUES, Init.zeros(), rank);
    SDVariable left = emit.param(LEFT, Init.normal(STD), site.out(), rank);
    if (config.orthogonality() > 0) {
      emit.penalty("orthogonality_A", penalty(emit, right, 1));
      emit.penalty("orthogonality_B", penalty(emit, left, 0));
    }
    SDVariable x = emit.dropout("lora_dropout", emit.input(), config.dropout(), site.in());
    SDVariable low = ops.linear(x, right).mul(values);
    return emit.next().add(ops.linear(low, left).mul(config.alpha() / rank));
  }

  /**
   * {@code γ‖G - I‖²_F}, or its root over the number of factors, with G the products of a factor's
   * triplets.
   *
   * @param axis along which a triplet lies
   */
  private SDVariable penalty(Emit emit, SDVariable factor, int axis) {
    Ops ops = emit.ops();
    int rank = config.initialRank();
    SDVariable gram =
        rank == 1
            // a transposed product with one element has a wrong gradient
            ? ops.sum(ops.square(factor), false, 0, 1).reshape(1, 1)
            : ops.matmul(factor, factor, axis == 0, axis == 1);
    SDVariable identity =
        emit.frozen("lora_identity", () -> Nd4j.eye(rank).castTo(type), rank, rank);
    SDVariable square = ops.sum(ops.square(gram.sub(identity)), false, 0, 1);
    return switch (config.penalty()) {
      case SQUARED -> square.mul(config.orthogonality());
      // the summand keeps the root's gradient finite where factors are orthonormal
      case NORM -> ops.sqrt(square.add(1e-24)).mul(config.orthogonality() / factors);
    };
  }

  @Override
  public void afterStep(OwnParameters own, long step) {
    allocators.forEach(a -> a.afterStep(own, step));
  }

  /** r(in + out + 1) a site. */
  @Override
  protected long numbers() {
    return sites.values().stream()
        .mapToLong(s -> (long) config.initialRank() * (s.in() + s.out() + 1))
        .sum();
  }
}
