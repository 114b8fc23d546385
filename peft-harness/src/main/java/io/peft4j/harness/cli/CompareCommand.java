package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.report.ComparisonReport;
import io.peft4j.harness.report.ComparisonTable;
import io.peft4j.harness.run.Checkpointing;
import io.peft4j.harness.run.Comparison;
import io.peft4j.harness.run.ComparisonListener;
import io.peft4j.harness.run.ComparisonPlan;
import io.peft4j.harness.run.ComparisonResult;
import io.peft4j.harness.run.OutputFolder;
import io.peft4j.harness.run.RunDefaults;
import io.peft4j.harness.run.RunResult;
import io.peft4j.harness.run.RunSpec;
import io.peft4j.harness.train.StopRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code peft compare}: methods beside single-task models, as a table, pictures and a plot. */
@Command(
    name = "compare",
    description = {
      "Train and score methods beside one fully fine-tuned model per task, and print the table.",
      "Writes table.md, pictures.png, plot.png, comparison.json and every run's record.",
      "Runs that are there already, from the same settings, are not repeated; one that was stopped"
          + " goes on with --resume; any other is replaced with --restart only, which does all anew.",
      "Ctrl-C or SIGTERM stops it after the step in progress, which is kept; a second one at once."
    })
public final class CompareCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();
  @Mixin private CheckpointOptions checkpoints = new CheckpointOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--methods",
      paramLabel = "ID,ID,...",
      split = ",",
      description =
          "methods in the order of the table (default: those that are found of decoders-only, full,"
              + " bitfit, lora, mtlora, tglora, ditask)")
  private @Nullable List<String> methods;

  @Option(names = "--all", description = "every method that is found")
  private boolean all;

  @Option(
      names = "--per-task",
      paramLabel = "ID,ID,...",
      split = ",",
      description = "methods of which there is one model per task")
  private List<String> perTask = List.of();

  @Option(
      names = "--preset",
      paramLabel = "[METHOD.]NAME",
      description =
          "start from a named set of options, for one method or for every method that is compared;"
              + " --set overrides it; may be repeated")
  private List<String> presets = List.of();

  @Option(
      names = "--set",
      paramLabel = "METHOD.OPTION=VALUE",
      description = "sets an option of a method, such as --set lora.rank=4; may be repeated")
  private List<String> settings = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "runs/compare",
      description = "folder of the comparison (default: ${DEFAULT-VALUE})")
  private Path out;

  @Override
  public Integer call() {
    Checkpointing checkpointing = checkpoints.choice();
    RunSpec setup = options.spec(RunDefaults.BASELINE, Map.of());
    List<String> chosen = chosen();
    ComparisonPlan plan =
        ComparisonPlan.of(
            setup,
            chosen,
            Set.copyOf(perTask),
            ComparedOptions.of(chosen, presets, settings, setup.backbone().preset()),
            m -> options.train().learningRate().orElseGet(() -> RunDefaults.learningRate(m)));
    if (all) {
      // Of all that is found, what does not fit is recorded as failed; the rest must fit.
      setup.requireFitting();
    } else {
      plan.requireFitting();
    }
    DataSource data =
        DataSources.named(setup.data(), setup.backbone().height(), setup.backbone().width());
    Comparison comparison = new Comparison(plan, data, out, checkpointing);
    comparison.requireStartable();
    OutputFolder folder = OutputFolder.prepare(out);
    options.note(setup, output);
    return StopSignals.during(output::problem, stop -> compare(comparison, data, folder, stop));
  }

  private int compare(
      Comparison comparison, DataSource data, OutputFolder folder, StopRequest stop) {
    ComparisonResult result;
    try (ProgressBar bar = Progress.bar("compare", 0)) {
      result = comparison.run(new Bar(bar), stop);
    }
    ComparisonReport report = new ComparisonReport(result, data, folder);
    report.writeTable();
    // Before the pictures: what took minutes must not be lost where Java has no fonts.
    output.result(result, () -> ComparisonTable.of(result).text());
    report.writePictures();
    output.note(
        "table, pictures and plot: %s, %s, %s"
            .formatted(
                folder.file(ComparisonReport.TABLE),
                folder.file(ComparisonReport.PICTURES),
                folder.file(ComparisonReport.PLOT)));
    return result.rows().stream().allMatch(r -> r.ok()) ? ExitCode.DONE : ExitCode.FAILED;
  }

  private List<String> chosen() {
    if (all && methods != null) {
      throw new InputException("--all and --methods exclude each other; give one");
    }
    if (methods != null) {
      return methods.stream().map(String::strip).toList();
    }
    List<String> found =
        MethodRegistry.discover().methods().stream().map(MethodDescriptor::id).toList();
    return all ? found : RunDefaults.METHODS.stream().filter(found::contains).toList();
  }

  /** One bar over all runs, so that the remaining time is that of the comparison. */
  private static final class Bar implements ComparisonListener {
    private final ProgressBar bar;

    Bar(ProgressBar bar) {
      this.bar = bar;
    }

    @Override
    public void planned(long work) {
      bar.maxHint(work);
    }

    @Override
    public void started(String run) {
      bar.setExtraMessage(run);
    }

    @Override
    public void worked(long work) {
      bar.stepBy(work);
    }

    @Override
    public void finished(String run, RunResult result, boolean reused) {
      bar.setExtraMessage(run + (reused ? " (done before)" : result.ok() ? " done" : " failed"));
    }
  }
}
