package io.peft4j.harness.cli;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.folder.AdapterWriter;
import io.peft4j.adapters.folder.CardFacts;
import io.peft4j.adapters.folder.Form;
import io.peft4j.adapters.folder.StorageReport;
import io.peft4j.api.backbone.Backbone;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Where an adapter is written to, and how. */
public final class AdapterOutOptions {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description =
          "folder of the adapter; must not exist. An adapter of each task becomes a folder in it")
  private Path out;

  @Option(
      names = "--form",
      paramLabel = "auto|portable|native",
      defaultValue = "auto",
      description =
          "portable: as Hugging Face's peft; native: this library's options and names; auto:"
              + " portable where possible (default: ${DEFAULT-VALUE})")
  private Form form;

  @Option(
      names = "--names",
      paramLabel = "NAME",
      defaultValue = "own",
      description =
          "names of modules in the portable form: own, timm, huggingface, torchvision (default:"
              + " ${DEFAULT-VALUE}, those of the official code)")
  private String names;

  @Option(names = "--replace", description = "replace an adapter that is there already")
  private boolean replace;

  /** Refuses a folder that is in the way, before anything is computed. */
  void requireFree() {
    writer().requireFree(out);
  }

  /** Writes an adapter. */
  Written write(Adapter adapter, Backbone on, CardFacts facts) {
    AdapterWriter.Written written = writer().write(out, adapter, on, facts);
    Map<String, String> folders = new LinkedHashMap<>();
    written.folders().forEach((task, folder) -> folders.put(task, folder.toString()));
    return new Written(
        adapter.method(),
        written.portable() ? "portable" : "native",
        written.reason().orElse(""),
        folders,
        StorageReport.of(List.of(adapter), on));
  }

  private AdapterWriter writer() {
    return new AdapterWriter(form, names, replace);
  }

  /**
   * What was written.
   *
   * @param reason why it is not portable, if that was tried
   * @param folders by task; under the empty name if there is one for all
   */
  record Written(
      String method,
      String form,
      String reason,
      Map<String, String> folders,
      StorageReport storage) {
    String text() {
      StringBuilder text = new StringBuilder();
      folders.forEach(
          (task, folder) ->
              text.append(task.isEmpty() ? "" : task + ": ").append(folder).append('\n'));
      if (!reason.isEmpty()) {
        text.append("native form, since peft's does not hold it: ").append(reason).append('\n');
      }
      return text.append(storage.text()).toString();
    }
  }
}
