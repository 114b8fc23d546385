package io.peft4j.harness.cli;

import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.run.RunSpec;
import java.util.Map;
import picocli.CommandLine.Mixin;

/** All that a training run takes, but for the method. */
public final class RunOptions {
  @Mixin private BackboneOptions backbone = new BackboneOptions();
  @Mixin private TaskOptions tasks = new TaskOptions();
  @Mixin private DecoderOptions decoder = new DecoderOptions();
  @Mixin private DataOptions data = new DataOptions();
  @Mixin private TrainOptions train = new TrainOptions();

  /** How to train. */
  public TrainOptions train() {
    return train;
  }

  /** Id of the backbone. */
  public String backboneId() {
    return backbone.config().id();
  }

  /**
   * The specification for a method.
   *
   * @param options options of the method by name
   * @throws io.peft4j.api.InputException if something is unknown, out of range or does not fit
   */
  public RunSpec spec(String method, Map<String, String> options) {
    DataSpec dataSpec = data.spec();
    return new RunSpec(
            method,
            options,
            false,
            backbone.spec(),
            dataSpec,
            tasks.orElse(DataSources.defaultTasks(dataSpec.id())).text(),
            decoder.choice(),
            train.config(method))
        .withMethod(method, options);
  }

  /** Tells, once, where the weights come from if that is not what one would expect. */
  void note(RunSpec spec, OutputOptions output) {
    BackboneOptions.note(spec.backbone(), output);
  }
}
