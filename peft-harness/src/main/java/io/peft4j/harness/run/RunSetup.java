package io.peft4j.harness.run;

import io.peft4j.harness.checkpoint.AtomicWriter;
import io.peft4j.harness.data.DataSource;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * What is run, where, and how it is kept.
 *
 * @param spec what is run
 * @param data the data that it describes
 * @param folder where it is recorded
 * @param checkpointing how it is kept while it goes on
 * @param writers writes what is kept of the model, by folder
 */
record RunSetup(
    RunSpec spec,
    DataSource data,
    Path folder,
    Checkpointing checkpointing,
    Function<Path, AtomicWriter> writers) {
  /** What the folder holds of an earlier run. */
  EarlierRun earlier() {
    return new EarlierRun(spec, folder, checkpoints());
  }

  /** The checkpoints, whose folder is made when there is something to write. */
  RunCheckpoints checkpoints() {
    Path below = RunCheckpoints.path(folder);
    return new RunCheckpoints(folder, (name, content) -> writers.apply(below).write(name, content));
  }
}
