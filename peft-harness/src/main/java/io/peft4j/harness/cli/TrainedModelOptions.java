package io.peft4j.harness.cli;

import io.peft4j.adapters.folder.AdapterFolder;
import io.peft4j.api.InputException;
import io.peft4j.harness.run.ExportedModel;
import io.peft4j.harness.run.Predicting;
import io.peft4j.harness.run.RunResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which trained model: a finished run, or an exported folder. */
public final class TrainedModelOptions {
  @Mixin private RunFolderOptions run = new RunFolderOptions();

  @Option(
      names = "--weights",
      paramLabel = "PATH",
      description =
          "of an exported folder (which --run names, too), where its backbone's weights lie, if not"
              + " where they did")
  private @Nullable Path weights;

  /** The folder. */
  Path folder() {
    return run.folder();
  }

  /**
   * Opens it.
   *
   * @throws InputException if the folder holds neither, or what is given does not go with it
   */
  Predicting open() {
    boolean exported =
        Files.exists(folder().resolve(AdapterFolder.CONFIG))
            && !Files.exists(folder().resolve(RunResult.FILE));
    if (!exported && weights != null) {
      throw new InputException("--weights goes with an exported folder; a run records its own");
    }
    if (exported && run.isLast()) {
      throw new InputException("--last goes with a run; an exported folder has one state");
    }
    return exported ? ExportedModel.open(folder(), Optional.ofNullable(weights)) : run.open();
  }
}
