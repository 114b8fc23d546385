package io.peft4j.harness.run;

import io.peft4j.api.InputException;
import io.peft4j.harness.checkpoint.AtomicWriter;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.train.StopRequest;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.TrainingStoppedException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains what a specification describes and records it in a folder: {@code best.safetensors} and
 * {@code last.safetensors} with the trained arrays and running statistics (best by the rule of
 * {@link BestEvaluation}), and {@code result.json}. Each file appears complete or not at all.
 *
 * <p>While it goes on the folder is locked, and there are checkpoints below it, from which a run
 * that was stopped, in whatever way, goes on to the same result, to the bit. They are deleted when
 * it has its result.
 *
 * <p>Safe for use by several threads. Runs in different folders may be under way at once; two in
 * one folder are refused.
 */
public final class Runner {
  /** State of the best evaluation. */
  public static final String BEST = "best.safetensors";

  /** State after the last epoch. */
  public static final String LAST = "last.safetensors";

  private static final Logger LOG = LoggerFactory.getLogger(Runner.class);

  private final RunSetup setup;

  /** A run that begins, with checkpoints at the usual distance. */
  public Runner(RunSpec spec, DataSource data, Path folder) {
    this(spec, data, folder, Checkpointing.DEFAULT);
  }

  /**
   * A run; nothing happens before {@link #run}.
   *
   * @param data the data that {@code spec} describes
   * @param folder where the run is recorded
   * @param checkpointing how it is kept while it goes on, and whether it begins
   */
  public Runner(RunSpec spec, DataSource data, Path folder, Checkpointing checkpointing) {
    this(spec, data, folder, checkpointing, OutputFolder::prepare);
  }

  /** With other writers for what is kept of the model, by folder. */
  Runner(
      RunSpec spec,
      DataSource data,
      Path folder,
      Checkpointing checkpointing,
      Function<Path, AtomicWriter> writers) {
    this.setup = new RunSetup(spec, data, folder, checkpointing, writers);
  }

  /**
   * Checks that a run may begin in a folder, or go on there, and writes nothing.
   *
   * @throws InputException if another run is under way in the folder, or something would be lost:
   *     it holds a run that was stopped and is not to be resumed, one of another specification
   *     (differing fields are named), or a result
   */
  public static void requireStartable(RunSpec spec, Path folder, Checkpointing checkpointing) {
    FolderLock.requireFree(folder);
    RunCheckpoints checkpoints = new RunCheckpoints(folder, new OutputFolder(folder));
    new EarlierRun(spec, folder, checkpoints).open(checkpointing.start());
  }

  /**
   * The result in a folder, if it is that of the same specification and not a failure.
   *
   * @return empty if the run is still to be done
   */
  public static Optional<RunResult> finished(RunSpec spec, Path folder) {
    if (!Files.exists(folder.resolve(RunResult.FILE))) {
      return Optional.empty();
    }
    try {
      RunResult found = RunResult.read(folder);
      boolean same = found.ok() && found.specHash().equals(spec.hash());
      return same && Files.exists(folder.resolve(BEST)) ? Optional.of(found) : Optional.empty();
    } catch (InputException e) {
      // Whether it may be replaced is told where the run starts.
      LOG.debug("no result", e);
      return Optional.empty();
    }
  }

  /** Trains, evaluates and records, see {@link #run(TrainListener, StopRequest)}. */
  public RunResult run(TrainListener listener) {
    return run(listener, StopRequest.NONE);
  }

  /**
   * Trains, evaluates and records. What goes wrong in the run is recorded too, and told by the
   * status of the result, but not over an earlier run if this one did not come to begin.
   *
   * <p>Nobody else may run in the folder at the same time, in this process or another.
   *
   * @param stop asks for an end before the end
   * @throws InputException if the specification does not fit together, the folder holds another
   *     run, or one is under way there; nothing is recorded
   * @throws TrainingStoppedException if it was asked to stop; the message tells from which step it
   *     can go on, and how. No result is recorded
   * @throws UncheckedIOException if the folder cannot be written to, which is found out first, or
   *     the disk fails or is full, which the record says if it still could be written
   */
  public RunResult run(TrainListener listener, StopRequest stop) {
    return FolderLock.holding(setup.folder(), () -> runLocked(listener, stop));
  }

  private RunResult runLocked(TrainListener listener, StopRequest stop) {
    OutputFolder out = new OutputFolder(setup.folder());
    RunAttempt attempt = RunAttempt.open(setup, listener);
    out.deleteUnfinished();
    new OutputFolder(RunCheckpoints.path(setup.folder())).deleteUnfinished();
    PeakMemory.reset();
    RunResult result;
    try {
      result = attempt.result(attempt.train(stop), null);
    } catch (TrainingStoppedException e) {
      throw new TrainingStoppedException(attempt.message(e), e);
    } catch (InputException e) {
      if (!attempt.hasUpdates()) {
        throw e;
      }
      result = failed(attempt, e);
    } catch (OutputException e) {
      OutputException told = new OutputException(attempt.message(e), e);
      recordIfPossible(attempt, told, out);
      throw told;
    } catch (RuntimeException | OutOfMemoryError e) {
      result = failed(attempt, e);
    }
    record(attempt, result, out);
    if (result.ok()) {
      setup.checkpoints().delete();
    }
    return result;
  }

  private RunResult failed(RunAttempt attempt, Throwable e) {
    LOG.warn("run of {} failed: {}", setup.spec().method(), e.toString());
    LOG.info("where it failed", e);
    return attempt.result(RunAttempt.NOTHING, attempt.message(e));
  }

  private static void record(RunAttempt attempt, RunResult result, OutputFolder out) {
    if (!attempt.sparesEarlier()) {
      result.write(out);
    }
  }

  private static void recordIfPossible(RunAttempt attempt, OutputException e, OutputFolder out) {
    try {
      record(attempt, attempt.result(RunAttempt.NOTHING, e.getMessage()), out);
    } catch (UncheckedIOException again) {
      e.addSuppressed(again);
    }
  }

  /** As {@link #run}, but a run that could not start is recorded as failed. */
  RunResult runOrRecordRefusal(TrainListener listener, StopRequest stop) {
    return FolderLock.holding(
        setup.folder(),
        () -> {
          try {
            return runLocked(listener, stop);
          } catch (InputException e) {
            RunAttempt attempt = RunAttempt.refused(setup);
            RunResult result = attempt.result(RunAttempt.NOTHING, attempt.message(e));
            record(attempt, result, new OutputFolder(setup.folder()));
            return result;
          }
        });
  }
}
