package io.peft4j.harness.run;

import io.peft4j.api.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What a folder holds of an earlier run, and what that means for one that starts there. */
final class EarlierRun {
  private final RunSpec spec;
  private final Path folder;
  private final RunCheckpoints checkpoints;

  /**
   * What a folder holds.
   *
   * @param spec what is about to be run
   * @param checkpoints those of the folder
   */
  EarlierRun(RunSpec spec, Path folder, RunCheckpoints checkpoints) {
    this.spec = spec;
    this.folder = folder;
    this.checkpoints = checkpoints;
  }

  /**
   * Where the run is to go on.
   *
   * @return empty if it begins
   * @throws InputException if something would be lost: the folder holds a run that was stopped and
   *     is not to be resumed, or one of another specification that is, or no checkpoint is whole,
   *     or there is a result
   */
  Optional<RunCheckpoints.Stored> open(RunStart start) {
    if (start == RunStart.RESTART) {
      return Optional.empty();
    }
    OptionalLong stopped = checkpoints.newestStep();
    if (stopped.isEmpty()) {
      requireNoResult(start);
      return Optional.empty();
    }
    if (start == RunStart.NEW) {
      throw new InputException(
          "%s holds a run that was stopped after step %d: add --resume to go on, --restart to train"
                  .formatted(folder, stopped.getAsLong())
              + " anew, or choose another folder");
    }
    Optional<RunCheckpoints.Stored> stored = checkpoints.newest();
    stored.ifPresent(s -> requireSame(s.state().spec(), checkpoints.path()));
    return stored;
  }

  /** A failure without checkpoints is no loss; to go on with it takes the same settings. */
  private void requireNoResult(RunStart start) {
    Path file = folder.resolve(RunResult.FILE);
    if (!Files.exists(file)) {
      return;
    }
    RunResult found = read(file);
    if (found.ok() || start == RunStart.RESUME) {
      requireSame(found.spec(), file);
    }
    if (found.ok() && Files.exists(folder.resolve(Runner.BEST))) {
      throw new InputException(
          "%s holds the result of this very run: add --restart to train it anew, or choose another"
                  .formatted(folder)
              + " folder");
    }
  }

  private RunResult read(Path file) {
    try {
      return RunResult.read(folder);
    } catch (InputException e) {
      throw new InputException(
          "%s; add --restart to train anew in its folder, or choose another"
              .formatted(e.getMessage()),
          e);
    }
  }

  private void requireSame(RunSpec found, Path where) {
    if (!found.hash().equals(spec.hash())) {
      throw new InputException(
          "%s is of another run: %s; give the same settings, choose another folder, or add"
                  .formatted(where, SpecDifference.text(found, spec))
              + " --restart to train anew");
    }
  }

  /** True if there is more than a failure: checkpoints, a result, or a record that is not known. */
  boolean isOfUse() {
    if (checkpoints.newestStep().isPresent()) {
      return true;
    }
    try {
      return Files.exists(folder.resolve(RunResult.FILE)) && RunResult.read(folder).ok();
    } catch (InputException e) {
      return true;
    }
  }

  /**
   * Removes it: the record first, so that it never stands beside what is not its own.
   *
   * @throws java.io.UncheckedIOException naming the file that cannot be deleted
   */
  void remove() {
    OutputFolder files = new OutputFolder(folder);
    List.of(RunResult.FILE, Runner.BEST, Runner.LAST).forEach(files::delete);
    checkpoints.clear();
  }
}
