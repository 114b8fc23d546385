package io.peft4j.harness.cli;

import io.peft4j.graph.plan.Profile;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.run.Checkpointing;
import io.peft4j.harness.run.OutputFolder;
import io.peft4j.harness.run.RunResult;
import io.peft4j.harness.run.RunSpec;
import io.peft4j.harness.run.RunStart;
import io.peft4j.harness.run.Runner;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.StopRequest;
import io.peft4j.harness.train.TrainListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code peft train}: one method, recorded in a folder. */
@Command(
    name = "train",
    description = {
      "Train one method and record the run: result.json, best.safetensors, last.safetensors.",
      "A run that is there already, from the same settings, is not repeated; one that was stopped"
          + " goes on with --resume; any other is replaced with --restart only.",
      "Ctrl-C or SIGTERM stops it after the step in progress, which is kept; a second one at once."
    })
public final class TrainCommand implements Callable<Integer> {
  /** Instructions listed by themselves in a profile. */
  private static final int SLOWEST = 20;

  @Mixin private MethodOptions method = new MethodOptions();
  @Mixin private RunOptions options = new RunOptions();
  @Mixin private CheckpointOptions checkpoints = new CheckpointOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "folder of the run; made if it does not exist")
  private Path out;

  @Option(names = "--profile", description = "time each instruction and print where the time went")
  private boolean profile;

  @Override
  public Integer call() {
    Checkpointing checkpointing = checkpoints.choice();
    MethodOptions.Chosen chosen = method.choose(options.backboneId());
    RunSpec spec = options.spec(chosen.id(), chosen.options()).withPerTask(chosen.perTask());
    Optional<RunResult> before =
        checkpointing.start() == RunStart.RESTART ? Optional.empty() : Runner.finished(spec, out);
    if (before.isPresent()) {
      output.note(out + " holds this run already");
      return told(before.get());
    }
    return StopSignals.during(
        output::problem, stop -> told(train(spec, chosen, checkpointing, stop)));
  }

  private int told(RunResult result) {
    output.result(result, () -> text(result));
    return result.ok() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private RunResult train(
      RunSpec spec, MethodOptions.Chosen chosen, Checkpointing checkpointing, StopRequest stop) {
    spec.requireFitting();
    Runner.requireStartable(spec, out, checkpointing);
    OutputFolder.prepare(out);
    options.note(spec, output);
    chosen.note(output);
    DataSource data =
        DataSources.named(spec.data(), spec.backbone().height(), spec.backbone().width());
    try (ProgressBar bar = Progress.bar("train " + spec.method(), spec.steps())) {
      return new Runner(spec, data, out, checkpointing).run(new Bar(bar, profile, output), stop);
    }
  }

  private String text(RunResult result) {
    if (!result.ok()) {
      return "the run in %s failed: %s".formatted(out, result.error());
    }
    return String.format(
        Locale.ROOT,
        "%s%,d trainable parameters, %d steps, %.0f s; recorded in %s",
        ScoreLines.of(result.evaluation()),
        result.parameters().trainable(),
        result.steps(),
        result.seconds(),
        out);
  }

  private record Bar(ProgressBar bar, boolean wantsProfile, OutputOptions output)
      implements TrainListener {
    @Override
    public void profiled(List<Profile> profiles) {
      profiles.forEach(p -> output.note(p.text(SLOWEST)));
    }

    @Override
    public void resumed(long step, long steps) {
      bar.stepTo(step);
      output.note("goes on after step %d of %d".formatted(step, steps));
    }

    @Override
    public void step(long step, long steps, Map<String, Double> losses) {
      bar.stepTo(step);
      bar.setExtraMessage("loss %.3f".formatted(losses.get(MultiTaskModel.LOSS)));
    }
  }
}
