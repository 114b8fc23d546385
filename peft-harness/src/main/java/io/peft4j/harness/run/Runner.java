package io.peft4j.harness.run;

import io.peft4j.api.InputException;
import io.peft4j.harness.checkpoint.AtomicWriter;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.train.TrainListener;
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
 * <p>While it goes on there are checkpoints below the folder, from which a run that was stopped, in
 * whatever way, goes on to the same result, to the bit. They are deleted when it has its result.
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
   * Checks that a run may begin in a folder, or go on there.
   *
   * @throws InputException if the folder holds a run that was stopped and is not to be resumed, or
   *     one of another specification that is; differing fields are named
   */
  public static void requireStartable(RunSpec spec, Path folder, Checkpointing checkpointing) {
    new RunCheckpoints(spec, folder, new OutputFolder(folder)).open(checkpointing.resume());
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
      LOG.warn("run again: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * Trains, evaluates and records. What goes wrong in the run is recorded too, and told by the
   * status of the result.
   *
   * @throws InputException if the specification does not fit together, or the folder holds another
   *     run; nothing is recorded
   * @throws UncheckedIOException if the folder cannot be written to, which is found out first, or
   *     the disk fails or is full, which the record says if it still could be written
   */
  public RunResult run(TrainListener listener) {
    OutputFolder out = OutputFolder.prepare(setup.folder());
    RunAttempt attempt = RunAttempt.open(setup, listener);
    out.deleteUnfinished();
    new OutputFolder(RunCheckpoints.path(setup.folder())).deleteUnfinished();
    PeakMemory.reset();
    RunResult result;
    try {
      result = attempt.result(attempt.train(), null);
    } catch (InputException e) {
      if (!attempt.hasUpdates()) {
        throw e;
      }
      result = failed(attempt, e);
    } catch (OutputException e) {
      recordIfPossible(attempt.result(RunAttempt.NOTHING, attempt.message(e)), out, e);
      throw new OutputException(attempt.message(e), e);
    } catch (RuntimeException | OutOfMemoryError e) {
      result = failed(attempt, e);
    }
    result.write(out);
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

  private static void recordIfPossible(RunResult result, OutputFolder out, OutputException e) {
    try {
      result.write(out);
    } catch (UncheckedIOException again) {
      e.addSuppressed(again);
    }
  }

  /** Records a run that could not start, so that a comparison does not lose it. */
  RunResult recordRefusal(InputException reason) {
    OutputFolder out = OutputFolder.prepare(setup.folder());
    RunAttempt attempt = RunAttempt.refused(setup);
    RunResult result = attempt.result(RunAttempt.NOTHING, attempt.message(reason));
    result.write(out);
    return result;
  }
}
