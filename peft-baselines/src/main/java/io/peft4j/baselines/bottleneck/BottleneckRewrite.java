package io.peft4j.baselines.bottleneck;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.api.select.ParamGroup;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import org.nd4j.autodiff.samediff.SDVariable;

/** Puts adapters into a backbone; a method says where their weights come from. */
public abstract class BottleneckRewrite implements Rewrite {
  private final Bottleneck bottleneck;
  private final ImmutableMap<String, InsertionPoint> points;
  private final ImmutableSet<Param> unfrozen;
  private final Copies copies;

  /**
   * Which streams there are, and who has the unfrozen parameters of the backbone.
   *
   * @param perTask whether each task has a stream of its own
   * @param ownBackbone whether each stream has copies of its own of what is unfrozen
   * @param tasks number of tasks
   */
  public record Copies(boolean perTask, boolean ownBackbone, int tasks) {
    /** One model per task, or one for all. */
    public static Copies models(boolean perTask, int tasks) {
      return new Copies(perTask, perTask, tasks);
    }

    /** A stream for each task; what is unfrozen they train together. */
    public static Copies streams(int tasks) {
      return new Copies(true, false, tasks);
    }

    /** How many copies there are of what each stream owns. */
    public int own() {
      return perTask ? tasks : 1;
    }
  }

  /**
   * Finds the sites.
   *
   * @param unfreeze groups of backbone parameters that are trained too
   * @throws io.peft4j.api.InputException if the backbone has no site, one is too narrow, or a group
   *     is missing
   */
  protected BottleneckRewrite(
      Bottleneck bottleneck, Collection<ParamGroup> unfreeze, Copies copies, Backbone backbone) {
    this.bottleneck = bottleneck;
    this.points = Maps.uniqueIndex(InsertionPoint.of(backbone, bottleneck), p -> p.site().path());
    this.unfrozen = ParamGroup.unfrozen(unfreeze, backbone);
    this.copies = copies;
  }

  /** The weights of the adapter at a point, as the stream of {@code emit} sees them. */
  protected abstract AdapterWeights weights(InsertionPoint point, Emit emit);

  /** Whether the configuration makes every branch zero at the start. */
  protected abstract boolean startsAtZero();

  /** Trainable numbers beside those of the backbone, by the formula of the paper. */
  protected abstract long adapterNumbers();

  /** Shape of the adapters. */
  protected final Bottleneck bottleneck() {
    return bottleneck;
  }

  /** Which streams there are. */
  protected final Copies copies() {
    return copies;
  }

  /** Where the adapters stand, in the order of the forward pass, position by position. */
  protected final List<InsertionPoint> points() {
    return points.values().asList();
  }

  /** A scaled skip is no identity, whatever the branch. */
  @Override
  public final boolean identityAtStart() {
    return startsAtZero() && bottleneck.scale() == 1;
  }

  @Override
  public final TaskRouter router() {
    return copies.perTask() ? TaskRouter.perTask() : TaskRouter.shared();
  }

  @Override
  public final Training training(Param param, Stream stream) {
    if (!unfrozen.contains(param)) {
      return Training.FROZEN;
    }
    return copies.ownBackbone() ? Training.PER_STREAM : Training.TRAINED;
  }

  @Override
  public final SDVariable tap(TapSite site, Emit emit) {
    InsertionPoint point = points.get(site.path());
    if (point == null) {
      return emit.next();
    }
    SDVariable h = point.input().map(name -> emit.value(name, emit.stream())).orElseGet(emit::next);
    AdapterWeights weights = weights(point, emit).named(emit);
    return emit.next().add(bottleneck.update(emit.ops(), h, weights));
  }

  @Override
  public final OptionalLong declaredParameters() {
    long backbone = unfrozen.stream().mapToLong(p -> p.shape().size()).sum();
    return OptionalLong.of(
        adapterNumbers() + (copies.ownBackbone() ? copies.tasks() : 1) * backbone);
  }
}
