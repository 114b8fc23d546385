package io.peft4j.harness.cli;

import io.peft4j.adapters.folder.AdapterFolder;
import io.peft4j.adapters.folder.CardFacts;
import io.peft4j.adapters.folder.NonFinite;
import io.peft4j.api.backbone.Backbone;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code peft import}: an adapter of any library, checked against a backbone, in one form. */
@Command(
    name = "import",
    description = {
      "Check an adapter folder against a backbone, and write it as this library does.",
      "The folder may be one of Hugging Face's peft: names, fused projections and options are"
          + " converted where that is exact."
    })
public final class ImportCommand implements Callable<Integer> {
  @Mixin private BackboneOptions backbone = new BackboneOptions();
  @Mixin private AdapterOutOptions out = new AdapterOutOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Parameters(paramLabel = "FOLDER", description = "folder of the adapter")
  private Path folder;

  @Option(
      names = "--allow-nonfinite",
      description = "read NaN and infinite values as they are, to look into a failed training")
  private boolean allowNonFinite;

  @Override
  public Integer call() {
    AdapterFolder opened = AdapterFolder.open(folder);
    out.requireFree();
    Backbone on = backbone.spec().build();
    AdapterFolder.Loaded loaded =
        opened.read(on, allowNonFinite ? NonFinite.ALLOW : NonFinite.REFUSE);
    AdapterOutOptions.Written written =
        out.write(
            loaded.adapter(),
            on,
            new CardFacts(Map.of("Names in the source", loaded.names()), Map.of(), ""));
    Result result = new Result(folder.toString(), loaded.names(), loaded.notes(), written);
    output.result(result, result::text);
    return ExitCode.DONE;
  }

  private record Result(
      String source, String names, List<String> notes, AdapterOutOptions.Written written) {
    String text() {
      return "%s: names of %s%n%s".formatted(source, names, written.text());
    }
  }
}
