package io.peft4j.baselines.adalora;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param.Kind;
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
  /** Standard deviation of P and Q at the start, of the authors' code and HF peft's. */
  private static final double STD = 0.02;

  private final AdaLoraConfig config;
  private final DataType type;
  private final ImmutableMap<String, LinearSite> sites;
  private final int factors;
  private final ImmutableList<ImmutableList<Branch>> models;
  private List<RankAllocator> allocators = List.of();

  AdaLoraRewrite(AdaLoraConfig config, Backbone backbone, List<Task> tasks) {
    super(config.perTask(), tasks);
    this.config = config;
    this.type = backbone.dataType();
    this.sites = Maps.uniqueIndex(config.sites().select(backbone), LinearSite::path);
    List<String> ends =
        config.perTask() ? tasks.stream().map(t -> "." + t.name()).toList() : List.of("");
    this.factors = 2 * sites.size() * ends.size();
    this.models = ends.stream().map(this::branches).collect(toImmutableList());
  }

  private ImmutableList<Branch> branches(String end) {
    return sites.keySet().stream().map(p -> new Branch(p, end)).collect(toImmutableList());
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    if (!sites.containsKey(site.path())) {
      return emit.next();
    }
    Ops ops = emit.ops();
    int rank = config.initialRank();
    SDVariable right = factor(emit, Branch.RIGHT, Kind.LOW_RANK, Init.normal(STD), rank, site.in());
    SDVariable values = factor(emit, Branch.VALUES, Kind.SCALE, Init.zeros(), rank);
    SDVariable left = factor(emit, Branch.LEFT, Kind.LOW_RANK, Init.normal(STD), site.out(), rank);
    emit.buffer(Branch.PRUNED, rank);
    if (config.orthogonality() > 0) {
      emit.penalty("orthogonality_A", penalty(emit, right, 1));
      emit.penalty("orthogonality_B", penalty(emit, left, 0));
    }
    SDVariable x = emit.dropout("lora_dropout", emit.input(), config.dropout(), site.in());
    SDVariable low = ops.linear(x, right).mul(values);
    return emit.next().add(ops.linear(low, left).mul(config.alpha() / rank));
  }

  private static SDVariable factor(Emit emit, String local, Kind kind, Init init, long... shape) {
    emit.buffer(Branch.sensitivity(local), shape);
    emit.buffer(Branch.uncertainty(local), shape);
    return emit.param(local, kind, init, shape);
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
  public void beforeTraining(long steps) {
    BudgetSchedule schedule = BudgetSchedule.of(config, sites.size(), steps);
    allocators = models.stream().map(m -> new RankAllocator(config, schedule, m)).toList();
  }

  @Override
  public void afterStep(OwnParameters own, long step) {
    if (allocators.isEmpty()) {
      throw new IllegalStateException(
          "AdaLoRA's budget follows the length of the training; call"
              + " PeftModel.beforeTraining(steps) before the first step");
    }
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
