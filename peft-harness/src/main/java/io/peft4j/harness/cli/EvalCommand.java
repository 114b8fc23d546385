package io.peft4j.harness.cli;

import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.metric.Score;
import io.peft4j.harness.run.RunData;
import io.peft4j.harness.run.SavedRun;
import io.peft4j.harness.train.Evaluator;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code peft eval}: scores of a finished run, on its own validation images or others. */
@Command(name = "eval", description = "Score a finished run on validation images.")
public final class EvalCommand implements Callable<Integer> {
  @Mixin private RunFolderOptions run = new RunFolderOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--validation-size",
      paramLabel = "N",
      description = "validation images (default: as many as the run had)")
  private @Nullable Integer validationSize;

  @Option(
      names = "--data-seed",
      paramLabel = "N",
      description = "seed of the pictures (default: the run's)")
  private @Nullable Long dataSeed;

  @Override
  public Integer call() {
    RunData.requireKnown(run.folder(), run.result());
    try (SavedRun saved = run.open()) {
      DataSpec own = saved.spec().data();
      DataSpec wanted =
          new DataSpec(
              own.id(),
              1,
              validationSize == null ? own.validationSize() : validationSize,
              dataSeed == null ? own.seed() : dataSeed,
              false);
      DataSource data = RunData.open(run.folder(), saved.result(), wanted);
      Evaluator.Evaluation evaluation = saved.evaluate(data);
      Result result =
          new Result(
              run.folder().toString(),
              saved.spec().method(),
              wanted.id(),
              wanted.seed(),
              wanted.validationSize(),
              evaluation.scores(),
              evaluation.values());
      output.result(result, () -> ScoreLines.of(evaluation));
    }
    return ExitCode.DONE;
  }

  private record Result(
      String run,
      String method,
      String data,
      long dataSeed,
      int images,
      Map<String, Score> scores,
      Map<String, Map<String, Double>> values) {}
}
