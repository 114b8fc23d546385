package io.peft4j.adapters;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import io.peft4j.adapters.heads.HeadRecipe;
import io.peft4j.adapters.hf.Leftovers;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.lowrank.LowRankForm;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.pertask.PerTask;
import io.peft4j.graph.registry.MethodRegistry;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a method trained, apart from any model.
 *
 * <p>The arrays are read-only by contract: models copy what they load.
 *
 * @param method id of the method
 * @param config its configuration
 * @param perTask whether it is one model of the method per task
 * @param tasks the tasks; empty if they are not known, as in files of other libraries
 * @param backbone the backbone that it was trained on
 * @param state trained arrays of method and backbone, by the names of {@link PeftModel#state()}
 * @param heads trained arrays and statistics of the heads, by name
 * @param headTasks the task of each of those that serve one alone, by the same names
 * @param recipe what the heads need besides, to predict; empty if it is not known
 * @param leftovers what a file of another library held besides
 */
public record Adapter(
    String method,
    Record config,
    boolean perTask,
    List<Task> tasks,
    BackboneMark backbone,
    Map<String, INDArray> state,
    Map<String, INDArray> heads,
    Map<String, String> headTasks,
    Optional<HeadRecipe> recipe,
    Leftovers leftovers) {
  private static final long SEED = 0;

  /** Copies list and maps, sorting the latter. */
  public Adapter {
    tasks = ImmutableList.copyOf(tasks);
    state = ImmutableSortedMap.copyOf(state);
    heads = ImmutableSortedMap.copyOf(heads);
    headTasks = ImmutableSortedMap.copyOf(Maps.filterKeys(headTasks, heads::containsKey));
  }

  /**
   * What a model has learned so far, copied.
   *
   * @param perTask whether the model was made by {@link PerTask}
   */
  public static Adapter of(PeftModel model, boolean perTask) {
    Set<String> heads = model.target().headStreams().keySet();
    Map<String, INDArray> state = new TreeMap<>();
    Map<String, INDArray> ofHeads = new TreeMap<>(copies(model.target().buffers()));
    model
        .arrays()
        .forEach((name, array) -> (heads.contains(name) ? ofHeads : state).put(name, array.dup()));
    return new Adapter(
        model.methodId(),
        model.config(),
        perTask,
        model.tasks(),
        BackboneMark.of(model.backbone()),
        state,
        ofHeads,
        HeadTasks.of(model.target()),
        Optional.empty(),
        Leftovers.NONE);
  }

  private static Map<String, INDArray> copies(Map<String, INDArray> arrays) {
    return Maps.transformValues(arrays, INDArray::dup);
  }

  /**
   * The method, found by its id.
   *
   * @throws InputException if it is not on the class path
   */
  public PeftMethod peftMethod() {
    PeftMethod found = MethodRegistry.discover().get(method).method();
    return perTask ? PerTask.of(found) : found;
  }

  /** How the method tells its state as low-rank updates, if it can. */
  public Optional<LowRankForm> lowRankForm() {
    return peftMethod().lowRankForm();
  }

  /**
   * The adapter as low-rank updates, one of each stream.
   *
   * @throws InputException if it is no such updates
   */
  public Map<Stream, LowRankAdapter> lowRank(Backbone on) {
    LowRankForm form =
        lowRankForm()
            .orElseThrow(
                () ->
                    new InputException(
                        "%s changes more than linear layers by low-rank updates"
                            .formatted(method)));
    return form.toLowRank(config, on, state);
  }

  /**
   * Refuses another backbone, and other tasks where the adapter has parts for each of its own.
   *
   * @throws InputException naming both sides
   */
  public void requireFits(Backbone on, List<Task> wanted) {
    requireFits(on, BackboneMark.of(on), wanted);
  }

  /** As {@link #requireFits(Backbone, List)}, for a backbone whose mark is known already. */
  public void requireFits(Backbone on, BackboneMark mark, List<Task> wanted) {
    backbone.requireSame(mark);
    if (!names(tasks).equals(names(wanted)) && hasPartsOfTasks(on)) {
      throw new InputException(
          "the adapter is for %d task%s (%s), but %d (%s) %s wanted"
              .formatted(
                  tasks.size(),
                  tasks.size() == 1 ? "" : "s",
                  text(tasks),
                  wanted.size(),
                  text(wanted),
                  wanted.size() == 1 ? "is" : "are"));
    }
  }

  /** The backbone adapted to tasks, by what was learned; heads are not part of it. */
  public PeftModel on(Backbone on, List<Task> wanted) {
    requireFits(on, wanted);
    return adapted(on, wanted);
  }

  /** As {@link #on}, where it is known that the adapter fits. */
  public PeftModel adapted(Backbone on, List<Task> wanted) {
    PeftModel model = Peft.adapt(on, peftMethod(), config, wanted, SEED);
    model.load(state);
    return model;
  }

  /**
   * The heads, for a model that has the same.
   *
   * @throws InputException if there are none, or they are of other tasks
   */
  public Map<String, INDArray> headsFor(List<Task> wanted) {
    if (heads.isEmpty()) {
      throw new InputException("the adapter has no heads");
    }
    if (!Set.copyOf(tasks).equals(Set.copyOf(wanted))) {
      throw new InputException(
          "the heads are for %s, not for %s".formatted(text(tasks), text(wanted)));
    }
    return heads;
  }

  /**
   * One task's adapter of those that are there once for each task.
   *
   * @throws InputException if there is no such task, or the tasks share what was trained
   */
  public Adapter ofTask(String task, Backbone on) {
    Task wanted =
        tasks.stream()
            .filter(t -> t.name().equals(task))
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        "the adapter has no task '%s'%s"
                            .formatted(task, NearestName.hint(task, names(tasks)))));
    LowRankAdapter own = lowRank(on).get(Stream.of(task));
    if (own == null) {
      throw new InputException(
          "%s is one adapter for %s; there is none of %s alone"
              .formatted(method, text(tasks), task));
    }
    LowRankForm.Adapted alone =
        lowRankForm().orElseThrow().fromLowRank(Map.of(Stream.SHARED, own), on);
    Map<String, INDArray> ownHeads =
        Maps.filterKeys(heads, n -> headTasks.getOrDefault(n, task).equals(task));
    return new Adapter(
        method,
        alone.config(),
        false,
        List.of(wanted),
        backbone,
        alone.state(),
        ownHeads,
        headTasks,
        recipe.map(r -> r.only(task)),
        leftovers);
  }

  /** This adapter with another configuration and state of its method, as of one shared stream. */
  public Adapter with(LowRankForm.Adapted adapted) {
    return new Adapter(
        method,
        adapted.config(),
        false,
        tasks,
        backbone,
        adapted.state(),
        heads,
        headTasks,
        recipe,
        leftovers);
  }

  /** This adapter with other arrays. */
  public Adapter withState(Map<String, INDArray> other) {
    return new Adapter(
        method, config, perTask, tasks, backbone, other, heads, headTasks, recipe, leftovers);
  }

  /** This adapter with the heads of another one, and what they need. */
  public Adapter withHeadsOf(Adapter other) {
    return withHeads(other.heads, other.headTasks, other.recipe);
  }

  /** This adapter with what its heads need to predict. */
  public Adapter withRecipe(HeadRecipe known) {
    return withHeads(heads, headTasks, Optional.of(known));
  }

  /** This adapter alone. */
  public Adapter withoutHeads() {
    return withHeads(Map.of(), Map.of(), Optional.empty());
  }

  private Adapter withHeads(
      Map<String, INDArray> arrays, Map<String, String> ofTasks, Optional<HeadRecipe> needed) {
    return new Adapter(
        method, config, perTask, tasks, backbone, state, arrays, ofTasks, needed, leftovers);
  }

  /** Bytes of the adapter itself. */
  public long stateBytes() {
    return bytes(state);
  }

  /** Bytes of the heads. */
  public long headBytes() {
    return bytes(heads);
  }

  /** Bytes of arrays as they are stored. */
  public static long bytes(Map<String, INDArray> arrays) {
    return arrays.values().stream().mapToLong(a -> a.length() * a.dataType().width()).sum();
  }

  /** True if something is trained for some of the tasks alone, as the method itself says. */
  private boolean hasPartsOfTasks(Backbone on) {
    return !tasks.isEmpty()
        && Peft.outline(on, peftMethod(), config, tasks).target().trainables().stream()
            .anyMatch(t -> !t.stream().isShared());
  }

  private static Set<String> names(List<Task> tasks) {
    return tasks.stream().map(Task::name).collect(Collectors.toCollection(java.util.TreeSet::new));
  }

  /** Tasks as users write them: {@code semseg:21, sal:1}. */
  public static String text(List<Task> tasks) {
    return tasks.stream().map(t -> t.name() + ":" + t.channels()).collect(Collectors.joining(", "));
  }
}
