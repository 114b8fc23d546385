package io.peft4j.harness.run;

import io.peft4j.harness.checkpoint.AtomicWriter;
import io.peft4j.harness.checkpoint.Checkpoint;
import io.peft4j.harness.checkpoint.CheckpointFolder;
import io.peft4j.harness.train.TrainState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The checkpoints of a run, in a folder below its own. */
final class RunCheckpoints {
  /** Name of the folder. */
  static final String FOLDER = "checkpoints";

  private final Path run;
  private final CheckpointFolder checkpoints;

  /**
   * Checkpoints of a run.
   *
   * @param run folder of the run
   * @param writer writes files of the folder below
   */
  RunCheckpoints(Path run, AtomicWriter writer) {
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

  /** Their folder. */
  Path path() {
    return path(run);
  }

  /** Step of the newest, be it whole or not. */
  OptionalLong newestStep() {
    return checkpoints.newestStep();
  }

  /**
   * The newest that is whole.
   *
   * @return empty if there is none at all
   * @throws io.peft4j.api.InputException if no checkpoint is whole
   */
  Optional<Stored> newest() {
    return checkpoints
        .newest()
        .map(
            found -> {
              Checkpoint checkpoint = found.checkpoint();
              String source = "%s, step %d".formatted(path(), checkpoint.step());
              RunState state = Json.parse(checkpoint.document(), RunState.class, source);
              return new Stored(state, checkpoint, found.problems());
            });
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

  /**
   * Deletes all of them, since they are no longer wanted.
   *
   * @throws java.io.UncheckedIOException naming the file that cannot be deleted
   */
  void clear() {
    checkpoints.clear();
  }

  /** Deletes all of them: the run has its result. */
  void delete() {
    checkpoints.delete();
  }
}
