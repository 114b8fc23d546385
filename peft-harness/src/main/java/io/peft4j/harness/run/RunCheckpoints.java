package io.peft4j.harness.run;

import io.peft4j.api.InputException;
import io.peft4j.harness.checkpoint.AtomicWriter;
import io.peft4j.harness.checkpoint.Checkpoint;
import io.peft4j.harness.checkpoint.CheckpointFolder;
import io.peft4j.harness.train.TrainState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The checkpoints of a run, in a folder below its own. */
final class RunCheckpoints {
  /** Name of the folder. */
  static final String FOLDER = "checkpoints";

  private final RunSpec spec;
  private final Path run;
  private final CheckpointFolder checkpoints;

  /**
   * Checkpoints of a run.
   *
   * @param run folder of the run
   * @param writer writes files of the folder below
   */
  RunCheckpoints(RunSpec spec, Path run, AtomicWriter writer) {
    this.spec = spec;
    this.run = run;
    this.checkpoints = new CheckpointFolder(path(run), writer);
  }

  /** Folder of the checkpoints of the run in a folder. */
  static Path path(Path run) {
    return run.resolve(FOLDER);
  }

  /**
   * Where a run stood.
   *
   * @param arrays of the training
   * @param problems what is wrong with newer checkpoints
   */
  record Stored(RunState state, Checkpoint arrays, List<String> problems) {}

  /**
   * Where the run is to go on.
   *
   * @return empty if it begins
   * @throws InputException if the folder holds a run that was stopped and is not to be resumed, or
   *     one of another specification that is, or no checkpoint is whole
   */
  Optional<Stored> open(boolean resume) {
    OptionalLong stopped = checkpoints.newestStep();
    if (!resume && stopped.isPresent()) {
      throw new InputException(
          "%s holds a run that was stopped after step %d: add --resume to go on, choose another"
                  .formatted(run, stopped.getAsLong())
              + " folder, or delete %s to begin anew".formatted(path(run)));
    }
    if (stopped.isEmpty()) {
      if (resume && Files.exists(run.resolve(RunResult.FILE))) {
        requireSame(RunResult.read(run).spec(), run.resolve(RunResult.FILE));
      }
      return Optional.empty();
    }
    return checkpoints
        .newest()
        .map(
            found -> {
              Checkpoint checkpoint = found.checkpoint();
              String source = "%s, step %d".formatted(path(run), checkpoint.step());
              RunState state = Json.parse(checkpoint.document(), RunState.class, source);
              requireSame(state.spec(), path(run));
              return new Stored(state, checkpoint, found.problems());
            });
  }

  private void requireSame(RunSpec found, Path where) {
    if (!found.hash().equals(spec.hash())) {
      throw new InputException(
          "%s is of another run: %s; give the same settings, or choose another folder"
              .formatted(where, SpecDifference.text(found, spec)));
    }
  }

  /**
   * Writes a checkpoint and deletes those that are no longer kept.
   *
   * @throws java.io.UncheckedIOException naming the file if it cannot be written
   */
  void write(RunState state, TrainState training) {
    String document = new String(Json.bytes(state), StandardCharsets.UTF_8);
    OptionalLong best =
        state.best() == null ? OptionalLong.empty() : OptionalLong.of(state.best().step());
    checkpoints.write(new Checkpoint(state.position().step(), document, training.arrays()), best);
  }

  /** Deletes all of them: the run has its result. */
  void delete() {
    checkpoints.delete();
  }
}
