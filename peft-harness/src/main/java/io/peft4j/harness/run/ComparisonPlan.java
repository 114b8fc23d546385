package io.peft4j.harness.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.harness.train.TrainConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The runs of a comparison.
 *
 * @param setup what all runs share
 * @param singleTask one run per task: full fine-tuning of a model of its own, which Δm is against
 * @param methods one run per method
 */
public record ComparisonPlan(RunSpec setup, List<Planned> singleTask, List<Planned> methods) {
  private static final String RUNS = "runs/";

  /** Copies the lists. */
  public ComparisonPlan {
    singleTask = ImmutableList.copyOf(singleTask);
    methods = ImmutableList.copyOf(methods);
  }

  /**
   * A run to be done.
   *
   * @param name for people
   * @param folder folder below the comparison's
   * @param spec what to run
   */
  public record Planned(String name, String folder, RunSpec spec) {}

  /** Chooses the learning rate of a method. */
  @FunctionalInterface
  public interface LearningRates {
    /** Peak learning rate. */
    double of(String method);
  }

  /** Plans a comparison in which every method is used as it is. */
  public static ComparisonPlan of(
      RunSpec setup,
      List<String> methods,
      Map<String, Map<String, String>> options,
      LearningRates rates) {
    return of(setup, methods, Set.of(), options, rates);
  }

  /**
   * Plans a comparison.
   *
   * @param setup what all runs share; its method does not matter
   * @param methods ids in the order of the table
   * @param perTask those of which there is one model per task
   * @param options options by method
   * @throws InputException if a method or option is unknown, a method is named twice, or something
   *     is said of a method that does not take part
   */
  public static ComparisonPlan of(
      RunSpec setup,
      List<String> methods,
      Set<String> perTask,
      Map<String, Map<String, String>> options,
      LearningRates rates) {
    if (methods.isEmpty()) {
      throw new InputException("no methods to compare; name at least one");
    }
    requireTakingPart("options are given for", options.keySet(), methods);
    requireTakingPart("one model per task is asked of", perTask, methods);
    List<Planned> single = new ArrayList<>();
    String baseline = RunDefaults.BASELINE;
    RunSpec full = spec(setup, baseline, Map.of(), rates);
    for (String task : setup.taskSet().names()) {
      RunSpec one = full.withTasks(setup.taskSet().only(task));
      single.add(new Planned("single task " + task, RUNS + "single-task-" + task, one));
    }
    List<Planned> planned = new ArrayList<>();
    for (String method : methods) {
      RunSpec spec =
          spec(setup, method, options.getOrDefault(method, Map.of()), rates)
              .withPerTask(perTask.contains(method));
      if (planned.stream().anyMatch(p -> p.spec().method().equals(spec.method()))) {
        throw new InputException("method '%s' is named twice".formatted(method));
      }
      planned.add(
          spec.perTask()
              ? new Planned(spec.method() + " per task", RUNS + spec.method() + "-per-task", spec)
              : new Planned(spec.method(), RUNS + spec.method(), spec));
    }
    return new ComparisonPlan(setup, single, planned);
  }

  private static void requireTakingPart(String what, Set<String> named, List<String> methods) {
    Set<String> strangers = Sets.difference(named, Set.copyOf(methods));
    if (!strangers.isEmpty()) {
      String stranger = strangers.iterator().next();
      throw new InputException(
          "%s '%s', which takes no part%s"
              .formatted(what, stranger, NearestName.hint(stranger, methods)));
    }
  }

  private static RunSpec spec(
      RunSpec setup, String method, Map<String, String> options, LearningRates rates) {
    TrainConfig t = setup.train();
    RunSpec chosen = setup.withMethod(method, options);
    double rate = rates.of(chosen.method());
    double scale = rate / t.learningRate();
    return chosen.withTrain(
        new TrainConfig(
            t.epochs(),
            t.batch(),
            t.accumulation(),
            rate,
            t.warmupEpochs(),
            t.startRate() * scale,
            t.endRate() * scale,
            t.weightDecay(),
            t.decayPolicy(),
            t.clipNorm(),
            t.evalEvery(),
            t.activations(),
            t.seed()));
  }

  /**
   * Checks every run, see {@link RunSpec#requireFitting}.
   *
   * @throws InputException if one does not fit together
   */
  public void requireFitting() {
    all().forEach(planned -> planned.spec().requireFitting());
  }

  /** All runs, in the order in which they are done. */
  public List<Planned> all() {
    return ImmutableList.<Planned>builder().addAll(singleTask).addAll(methods).build();
  }
}
