package io.peft4j.harness.cli;

import io.peft4j.adapters.Adapter;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.harness.run.RunCard;
import io.peft4j.harness.run.SavedRun;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code peft export}: the adapter of a finished run as a folder. */
@Command(
    name = "export",
    description = {
      "Write the adapter of a finished run as a folder.",
      "It holds adapter_model.safetensors, adapter_config.json, heads.safetensors and README.md:"
          + " LoRA and DoRA in the form of Hugging Face's peft, which Python opens; other methods"
          + " with their own options and names."
    })
public final class ExportCommand implements Callable<Integer> {
  @Mixin private RunFolderOptions run = new RunFolderOptions();
  @Mixin private AdapterOutOptions out = new AdapterOutOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description = "the adapter of this task alone, where every task has its own")
  private @Nullable String task;

  @Override
  public Integer call() {
    out.requireFree();
    try (SavedRun saved = run.open()) {
      Backbone backbone = saved.model().peft().backbone();
      Adapter all = saved.adapter();
      Adapter adapter = task == null ? all : all.ofTask(task, backbone);
      AdapterOutOptions.Written written = out.write(adapter, backbone, RunCard.of(saved.result()));
      output.result(written, written::text);
    }
    return ExitCode.DONE;
  }
}
