package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.harness.run.ComparisonResult;
import io.peft4j.harness.run.RunResult;
import io.peft4j.harness.run.Runner;
import io.peft4j.harness.run.SavedRun;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which finished run, and which of its states. */
public final class RunFolderOptions {
  @Option(
      names = "--run",
      required = true,
      paramLabel = "DIR",
      description = "folder of a run, as 'peft train' and 'peft compare' write it")
  private Path run;

  @Option(
      names = "--last",
      description = "take the state after the last epoch, not that of the best evaluation")
  private boolean last;

  /** The folder. */
  public Path folder() {
    return run;
  }

  /** Whether the state after the last epoch is wanted. */
  boolean isLast() {
    return last;
  }

  /**
   * Opens it.
   *
   * @throws InputException if the folder holds no finished run
   */
  public SavedRun open() {
    requireRun();
    return SavedRun.open(run, last ? Runner.LAST : Runner.BEST);
  }

  /**
   * The record of the run.
   *
   * @throws InputException if the folder holds none
   */
  RunResult result() {
    requireRun();
    return RunResult.read(run);
  }

  private void requireRun() {
    if (!Files.exists(run.resolve(RunResult.FILE))) {
      boolean comparison = Files.exists(run.resolve(ComparisonResult.FILE));
      throw new InputException(
          "--run %s: %s"
              .formatted(
                  run,
                  comparison
                      ? "is a comparison; name one of the folders in its runs folder"
                      : "holds no run: there is no " + RunResult.FILE));
    }
  }
}
