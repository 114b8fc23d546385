package io.peft4j.mtlora;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.api.select.ParamGroup;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;

/** MTLoRA on one backbone: which layers have which branches, and where tasks part. */
final class MtloraRewrite implements Rewrite {
  private final MtloraConfig config;
  private final ImmutableMap<String, MtloraLayer> layers;
  private final ImmutableSet<Param> unfrozen;
  private final boolean hasStreams;
  private final TaskRouter router;
  private final ImmutableMap<String, Shape> dead;

  MtloraRewrite(MtloraConfig config, Backbone backbone, List<Task> tasks) {
    this.config = config;
    List<String> names = tasks.stream().map(Task::name).toList();
    requireTasks("rankPerTask", config.rankPerTask().keySet(), names);
    requireTasks("scalePerTask", config.scalePerTask().keySet(), names);
    List<Adapted> adapted = adapted(config, backbone);
    this.unfrozen = unfrozen(config, backbone);
    List<Adapted> tail = adapted.stream().filter(Adapted::isTaskSpecific).toList();
    Optional<Layer> first = tail.stream().map(Adapted::layer).min(Comparator.naturalOrder());
    first.ifPresent(layer -> requireBlocks(backbone));
    this.hasStreams = first.isPresent();
    this.layers =
        adapted.stream()
            .collect(
                ImmutableMap.toImmutableMap(
                    a -> a.site().path(),
                    a ->
                        new MtloraLayer(
                            config,
                            a.site(),
                            a.isTaskSpecific() ? names : List.of(),
                            first.equals(Optional.of(a.layer())))));
    // without a pair of its own no task leaves the shared stream
    this.router = first.<TaskRouter>map(TailRouter::new).orElseGet(TaskRouter::shared);
    this.dead = dead(tail);
  }

  @Override
  public TaskRouter router() {
    return router;
  }

  @Override
  public Training training(Param param, Stream stream) {
    return unfrozen.contains(param) ? Training.TRAINED : Training.FROZEN;
  }

  @Override
  public SDVariable linear(LinearSite site, Emit emit) {
    MtloraLayer layer = layers.get(site.path());
    return layer == null ? emit.next() : layer.emit(emit);
  }

  /** The normed sum of task outputs is not zero at the start. */
  @Override
  public boolean identityAtStart() {
    return config.form() != MtloraConfig.Form.ADDITION || !hasStreams;
  }

  /**
   * On Swin with C channels, D blocks and T tasks a stage has {@code 16 r C D} shared numbers,
   * {@code 12 r_t C T} of tasks, and {@code 6 r C} in the merging of MTLoRA+.
   */
  @Override
  public OptionalLong declaredParameters() {
    long adapters = layers.values().stream().mapToLong(MtloraLayer::numbers).sum();
    long backbone = unfrozen.stream().mapToLong(p -> p.shape().size()).sum();
    return OptionalLong.of(adapters + backbone);
  }

  @Override
  public Map<String, Shape> deadTensors() {
    return dead;
  }

  /**
   * What only the shared output of the last stage reads, for no stage follows. A task reads the
   * shared output of a layer through the frozen product of the next adapted one, so the last
   * adapted layer's is dead; all are where a task's frozen product reads the task's input, and none
   * where a task's output holds the shared branch.
   */
  private ImmutableMap<String, Shape> dead(List<Adapted> tail) {
    int last = tail.stream().mapToInt(a -> a.site().place().stage()).max().orElse(-1);
    List<Adapted> candidates = tail.stream().filter(a -> a.site().place().stage() == last).toList();
    Optional<Layer> end = candidates.stream().map(Adapted::layer).max(Comparator.naturalOrder());
    ImmutableMap.Builder<String, Shape> tensors = ImmutableMap.builder();
    for (Adapted a : candidates) {
      boolean isDead =
          switch (config.form()) {
            case REFERENCE, ADDITION -> end.equals(Optional.of(a.layer()));
            case PAPER -> true;
            case V2 -> false;
          };
      if (isDead) {
        tensors.putAll(layers.get(a.site().path()).sharedTensors());
      }
    }
    return tensors.buildOrThrow();
  }

  /** A site with the layer that it is. */
  private record Adapted(LinearSite site, Layer layer) {
    boolean isTaskSpecific() {
      return layer.isTaskSpecific(site);
    }
  }

  private static List<Adapted> adapted(MtloraConfig config, Backbone backbone) {
    List<Layer> on = List.of(Layer.values()).stream().filter(l -> l.isOn(config)).toList();
    on.forEach(layer -> layer.requireSites(backbone));
    return backbone.linearSites().stream()
        .flatMap(s -> on.stream().filter(l -> l.covers(s)).map(l -> new Adapted(s, l)))
        .toList();
  }

  private static ImmutableSet<Param> unfrozen(MtloraConfig config, Backbone backbone) {
    return ParamGroup.unfrozen(config.unfreeze(), backbone).stream()
        .filter(p -> !(config.mergingLora() && ParamGroup.MERGING.contains(p)))
        .collect(ImmutableSet.toImmutableSet());
  }

  private static void requireTasks(String option, Set<String> given, List<String> tasks) {
    for (String name : given) {
      if (!tasks.contains(name)) {
        throw new InputException(
            "%s: no task '%s'%s".formatted(option, name, NearestName.hint(name, tasks)));
      }
    }
  }

  /**
   * Refuses a stage whose only block follows a merging: there the residual of a task would be the
   * merging's output on the task's stream, which must not go on to another stage.
   */
  private static void requireBlocks(Backbone backbone) {
    for (LinearSite site : backbone.linearSites()) {
      int stage = site.place().stage();
      if (site.place().isMerging()
          && backbone.linearSites().stream()
              .anyMatch(s -> s.place().stage() == stage + 1 && s.place().depth() == 1)) {
        throw new InputException(
            "stage %d of %s has one block; where a merging comes before, mtlora needs two or more"
                .formatted(stage + 1, backbone.id()));
      }
    }
  }
}
