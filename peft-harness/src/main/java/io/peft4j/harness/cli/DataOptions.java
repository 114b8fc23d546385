package io.peft4j.harness.cli;

import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.run.RunDefaults;
import picocli.CommandLine.Option;

/** Which data. */
public final class DataOptions {
  @Option(
      names = "--data",
      paramLabel = "NAME",
      defaultValue = RunDefaults.DATA,
      description = "data set: scenes, rendered rooms with exact truth (default: ${DEFAULT-VALUE})")
  private String data;

  @Option(
      names = "--train-size",
      paramLabel = "N",
      defaultValue = "" + RunDefaults.TRAIN_SIZE,
      description = "training images (default: ${DEFAULT-VALUE})")
  private int trainSize;

  @Option(
      names = "--validation-size",
      paramLabel = "N",
      defaultValue = "" + RunDefaults.VALIDATION_SIZE,
      description = "validation images (default: ${DEFAULT-VALUE})")
  private int validationSize;

  @Option(
      names = "--data-seed",
      paramLabel = "N",
      defaultValue = "" + RunDefaults.DATA_SEED,
      description = "seed of the pictures (default: ${DEFAULT-VALUE})")
  private long dataSeed;

  @Option(
      names = "--no-flip",
      negatable = false,
      description = "do not mirror training images at random")
  private boolean noFlip;

  /**
   * The data.
   *
   * @throws io.peft4j.api.InputException if a size is not positive or the name unknown
   */
  public DataSpec spec() {
    DataSources.defaultTasks(data);
    return new DataSpec(data, trainSize, validationSize, dataSeed, !noFlip);
  }
}
