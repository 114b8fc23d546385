package io.peft4j.ditask;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.api.routing.TaskRouter;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.ditask.DitaskConfig.Components;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * DiTASK on one backbone: which sites are transformed on which stream, and what else is trained.
 */
final class DitaskRewrite implements Rewrite {
  private final DitaskConfig config;
  private final ImmutableMap<String, DitaskLayer> layers;
  private final ImmutableSet<Param> unfrozen;
  private final List<Task> tasks;
  private final TaskRouter router;
  private final int lastStage;

  DitaskRewrite(DitaskConfig config, Backbone backbone, List<Task> tasks) {
    this.config = config;
    this.tasks = List.copyOf(tasks);
    requireTasks(config, tasks);
    List<LinearSite> sites = config.selector().select(backbone);
    this.layers = DitaskLayer.all(config, backbone, sites);
    this.router = hasTaskParts() ? TaskStreams.of(sites) : TaskRouter.shared();
    this.lastStage = backbone.places().values().stream().mapToInt(Place::stage).max().orElseThrow();
    if (config.components() == Components.TASK
        && sites.stream().noneMatch(TaskStreams::isTaskSite)) {
      throw new InputException(
          "components=task: none of the selected sites of %s is the proj, fc1 or fc2 of a stage's last block; add one to targets"
              .formatted(backbone.id()));
    }
    // a transformed weight keeps its decomposition
    ImmutableSet<String> decomposed =
        sites.stream().map(LinearSite::weight).collect(ImmutableSet.toImmutableSet());
    this.unfrozen =
        ParamGroup.unfrozen(config.unfreeze(), backbone).stream()
            .filter(p -> !decomposed.contains(p.path()))
            .collect(ImmutableSet.toImmutableSet());
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
    DitaskLayer layer = layers.get(site.path());
    if (layer == null) {
      return emit.next();
    }
    if (hasTaskParts() && TaskStreams.isTaskSite(site) && !emit.stream().isShared()) {
      return layer.emitForTask(emit, config.cellsOf(emit.stream().id()));
    }
    return hasSharedParts() ? layer.emitShared(emit, config.sharedCells()) : emit.next();
  }

  @Override
  public boolean identityAtStart() {
    return config.init() == DitaskConfig.Start.IDENTITY;
  }

  /**
   * {@code (cells - 1)} for each adapted site and for each task in the last blocks (reference
   * counts, dead coordinates included), and what is unfrozen.
   */
  @Override
  public OptionalLong declaredParameters() {
    long numbers = unfrozen.stream().mapToLong(p -> p.shape().size()).sum();
    for (DitaskLayer layer : layers.values()) {
      if (hasSharedParts()) {
        numbers += layer.numbers(config.sharedCells());
      }
      if (hasTaskParts() && TaskStreams.isTaskSite(layer.site())) {
        numbers += tasks.stream().mapToLong(t -> layer.numbers(config.cellsOf(t.name()))).sum();
      }
    }
    return OptionalLong.of(numbers);
  }

  /** The shared θ of the last block: behind the attention its shared stream is read by nothing. */
  @Override
  public Map<String, Shape> deadTensors() {
    Map<String, Shape> dead = new LinkedHashMap<>();
    if (config.components() == Components.BOTH) {
      layers.values().stream()
          .filter(l -> TaskStreams.isTaskSite(l.site()) && l.site().place().stage() == lastStage)
          .forEach(l -> dead.put(l.thetaName(), l.thetaShape(config.sharedCells())));
    }
    return dead;
  }

  private boolean hasTaskParts() {
    return config.components() != Components.SHARED;
  }

  private boolean hasSharedParts() {
    return config.components() != Components.TASK;
  }

  private static void requireTasks(DitaskConfig config, List<Task> tasks) {
    List<String> names = tasks.stream().map(Task::name).toList();
    for (String task : config.cellsOfTask().keySet()) {
      if (!names.contains(task)) {
        throw new InputException(
            "cellsOfTask: there is no task '%s'%s"
                .formatted(task, NearestName.hint(task, ImmutableSet.copyOf(names))));
      }
    }
  }
}
