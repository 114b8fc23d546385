package io.peft4j.harness.run;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.metric.DeltaM;
import io.peft4j.harness.metric.Score;
import io.peft4j.harness.train.StopRequest;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.TrainingStoppedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Trains and scores methods on the same data, beside one fully fine-tuned model per task.
 *
 * <p>A run whose result is there already, from the same specification, is not repeated; one that
 * was stopped goes on if that is asked for. A run that fails is recorded and the others go on.
 *
 * <p>Safe for use by several threads. Comparisons in different folders may be under way at once.
 */
public final class Comparison {
  /** A unit of work is so many multiply-accumulates of the forward pass. */
  private static final long MACS_PER_UNIT = 1_000_000;

  private final ComparisonPlan plan;
  private final DataSource data;
  private final Path folder;
  private final Checkpointing checkpointing;

  /** A comparison whose runs begin, with checkpoints at the usual distance. */
  public Comparison(ComparisonPlan plan, DataSource data, Path folder) {
    this(plan, data, folder, Checkpointing.DEFAULT);
  }

  /**
   * A comparison; nothing happens before {@link #run}.
   *
   * @param data the data that the plan's setup describes
   * @param folder where it is recorded, each run in a folder of its own below
   * @param checkpointing how each run is kept while it goes on, and whether it begins
   */
  public Comparison(
      ComparisonPlan plan, DataSource data, Path folder, Checkpointing checkpointing) {
    this.plan = plan;
    this.data = data;
    this.folder = folder;
    this.checkpointing = checkpointing;
  }

  /**
   * Checks that all runs that are to be done may start, and writes nothing.
   *
   * @throws InputException if another comparison or run is under way in the folder, or something
   *     would be lost, see {@link Runner#requireStartable}
   */
  public void requireStartable() {
    FolderLock.requireFree(folder);
    requireRunsStartable();
  }

  private void requireRunsStartable() {
    for (ComparisonPlan.Planned planned : plan.all()) {
      if (finished(planned).isEmpty()) {
        Runner.requireStartable(planned.spec(), path(planned), checkpointing);
      }
    }
  }

  /** Does all runs, see {@link #run(ComparisonListener, StopRequest)}. */
  public ComparisonResult run(ComparisonListener listener) {
    return run(listener, StopRequest.NONE);
  }

  /**
   * Does all runs. Where they are to be trained anew, what their folders hold is removed before the
   * first of them, so that a comparison that is stopped can be resumed.
   *
   * @param stop asks for an end before the end
   * @throws InputException as {@link #requireStartable} does; nothing is done then
   * @throws TrainingStoppedException if it was asked to stop; the message tells where the run under
   *     way was
   * @throws java.io.UncheckedIOException if the folder cannot be written to, which is found out
   *     first, or the disk fails
   */
  public ComparisonResult run(ComparisonListener listener, StopRequest stop) {
    return FolderLock.holding(folder, () -> runLocked(listener, stop));
  }

  private ComparisonResult runLocked(ComparisonListener listener, StopRequest stop) {
    requireRunsStartable();
    OutputFolder out = new OutputFolder(folder);
    Map<ComparisonPlan.Planned, Long> stepWork = stepWork();
    listener.planned(
        stepWork.entrySet().stream().mapToLong(e -> work(e.getKey(), e.getValue())).sum());
    if (checkpointing.start() == RunStart.RESTART) {
      out.delete(ComparisonResult.FILE);
      plan.all().forEach(this::removeEarlier);
    }
    Map<String, RunResult> results = new LinkedHashMap<>();
    for (ComparisonPlan.Planned planned : plan.all()) {
      listener.started(planned.name());
      Optional<RunResult> before = finished(planned);
      RunResult result =
          before.orElseGet(
              () -> train(planned, stepWork.getOrDefault(planned, 1L), listener, stop));
      listener.finished(planned.name(), result, before.isPresent());
      results.put(planned.folder(), result);
    }
    ComparisonResult result =
        new ComparisonResult(plan.setup().tasks(), plan.setup(), rows(results));
    result.write(out);
    return result;
  }

  private RunResult train(
      ComparisonPlan.Planned planned,
      long stepWork,
      ComparisonListener listener,
      StopRequest stop) {
    TrainListener steps =
        new TrainListener() {
          @Override
          public void resumed(long step, long all) {
            listener.worked(step * stepWork);
          }

          @Override
          public void step(long step, long all, Map<String, Double> losses) {
            listener.worked(stepWork);
          }
        };
    Runner runner = new Runner(planned.spec(), data, path(planned), checkpointing);
    // A method that does not fit this backbone must not end the comparison of the others.
    RunResult result = runner.runOrRecordRefusal(steps, stop);
    long left = planned.spec().steps() - result.steps();
    listener.worked(left * stepWork);
    return result;
  }

  /** The result that a run has already, and keeps. */
  private Optional<RunResult> finished(ComparisonPlan.Planned planned) {
    return checkpointing.start() == RunStart.RESTART
        ? Optional.empty()
        : Runner.finished(planned.spec(), path(planned));
  }

  private void removeEarlier(ComparisonPlan.Planned planned) {
    Path path = path(planned);
    new EarlierRun(planned.spec(), path, new RunCheckpoints(path, new OutputFolder(path))).remove();
  }

  /** Work of a step of every run that is to be done, by the size of its model. */
  private Map<ComparisonPlan.Planned, Long> stepWork() {
    Map<ComparisonPlan.Planned, Long> work = new LinkedHashMap<>();
    Backbone backbone = plan.setup().backbone().shapesOnly();
    for (ComparisonPlan.Planned planned : plan.all()) {
      if (finished(planned).isEmpty()) {
        work.put(planned, stepWork(planned.spec(), backbone));
      }
    }
    return work;
  }

  private static long stepWork(RunSpec spec, Backbone backbone) {
    try {
      long macs = ModelFactory.predicting(spec, backbone).macs().full();
      return Math.max(1, macs * spec.train().batch() / MACS_PER_UNIT);
    } catch (RuntimeException e) {
      // What is wrong will be told, and recorded, when the run is done.
      return 1;
    }
  }

  private static long work(ComparisonPlan.Planned planned, long stepWork) {
    return planned.spec().steps() * stepWork;
  }

  private List<ComparisonRow> rows(Map<String, RunResult> results) {
    List<RunResult> singles = plan.singleTask().stream().map(p -> results.get(p.folder())).toList();
    List<String> singleFolders =
        plan.singleTask().stream().map(ComparisonPlan.Planned::folder).toList();
    Map<String, Score> baseline = new LinkedHashMap<>();
    singles.forEach(r -> baseline.putAll(r.scores()));
    boolean comparable = singles.stream().allMatch(RunResult::ok);
    List<ComparisonRow> rows = new ArrayList<>();
    rows.add(
        ComparisonRow.of(
            ComparisonRow.SINGLE_TASK, singleFolders, singles, comparable ? 0.0 : null));
    for (ComparisonPlan.Planned planned : plan.methods()) {
      RunResult result = results.get(planned.folder());
      Double deltaM = comparable && result.ok() ? deltaM(result.scores(), baseline) : null;
      RunResult complete = result.withDeltaM(deltaM);
      if (!complete.equals(result)) {
        complete.write(new OutputFolder(path(planned)));
      }
      rows.add(
          ComparisonRow.of(planned.name(), List.of(planned.folder()), List.of(complete), deltaM));
    }
    return rows;
  }

  private static @Nullable Double deltaM(Map<String, Score> scores, Map<String, Score> baseline) {
    try {
      double value = DeltaM.percent(ImmutableMap.copyOf(scores), baseline);
      return Double.isFinite(value) ? value : null;
    } catch (InputException e) {
      // A baseline of 0 has no change relative to it.
      return null;
    }
  }

  private Path path(ComparisonPlan.Planned planned) {
    return folder.resolve(planned.folder());
  }
}
