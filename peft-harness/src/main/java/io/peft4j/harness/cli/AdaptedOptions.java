package io.peft4j.harness.cli;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.folder.AdapterFolder;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.graph.PeftModel;
import io.peft4j.harness.run.Runner;
import io.peft4j.harness.run.SavedRun;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An adapted backbone: of a finished run, or of an adapter's folder on a backbone. */
public final class AdaptedOptions {
  /** A file of another library does not say its tasks; features need the name of one. */
  private static final List<Task> ANY = List.of(new Task("features", 1));

  @Mixin private BackboneOptions backbone = new BackboneOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "FOLDER",
      description = "folder of an adapter, for --backbone and its --weights")
  private @Nullable Path folder;

  @Option(
      names = "--run",
      paramLabel = "DIR",
      description = "a finished run, instead of a folder and a backbone")
  private @Nullable Path run;

  @Option(names = "--last", description = "of a run, the state after the last epoch")
  private boolean last;

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description = "the task whose features are wanted (default: the first)")
  private @Nullable String task;

  private boolean heads;

  /**
   * The model.
   *
   * @throws InputException if not exactly one source is given, or it does not fit the backbone
   */
  PeftModel model() {
    if ((folder == null) == (run == null)) {
      throw new InputException("name the folder of an adapter, or a run by --run; one of the two");
    }
    if (run != null) {
      try (SavedRun saved = SavedRun.open(run, last ? Runner.LAST : Runner.BEST)) {
        return adapter(saved);
      }
    }
    AdapterFolder opened = AdapterFolder.open(folder);
    Backbone on = backbone.spec().build();
    Adapter adapter = opened.read(on).adapter();
    heads = !adapter.heads().isEmpty();
    return adapter.on(on, adapter.tasks().isEmpty() ? ANY : adapter.tasks());
  }

  /** Without the heads, which a checkpoint of the backbone does not hold. */
  private PeftModel adapter(SavedRun saved) {
    heads = true;
    PeftModel model = saved.model().peft();
    return saved.adapter().on(model.backbone(), model.tasks());
  }

  /** Whether the source has heads, which the model of the backbone does not; known with it. */
  boolean hasHeads() {
    return heads;
  }

  /** The task. */
  String task(PeftModel model) {
    return task == null ? model.tasks().get(0).name() : task;
  }

  /** What it is, for messages. */
  String source() {
    return String.valueOf(run == null ? folder : run);
  }
}
