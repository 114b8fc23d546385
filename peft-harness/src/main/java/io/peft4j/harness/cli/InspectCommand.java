package io.peft4j.harness.cli;

import io.peft4j.adapters.folder.AdapterFolder;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.select.MatchReport;
import io.peft4j.api.select.SiteSelector;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code peft inspect}: which sites a selector matches and which it misses, or what an adapter's
 * folder holds.
 *
 * <p>The report on a selector is printed even for a selector that methods refuse, because that is
 * when it is wanted; then the exit code is that of wrong input.
 */
@Command(
    name = "inspect",
    description = {
      "Show which sites of a backbone a selector matches, or what an adapter folder holds.",
      "With --targets: the sites that match, and those that do not.",
      "With FOLDER: show what an adapter holds, for which backbone it is, and what it takes."
    })
public final class InspectCommand implements Callable<Integer> {
  @Mixin private ArchitectureOptions architecture = new ArchitectureOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "FOLDER", description = "folder of an adapter")
  private @Nullable Path folder;

  @Option(
      names = "--targets",
      split = ",",
      paramLabel = "TERM",
      description =
          "sites to select: all-linear, attn, mlp, attn+mlp, merging, patch_embed, a module path or"
              + " its end, or re:REGEX")
  private List<String> targets = List.of();

  @Option(
      names = "--exclude",
      split = ",",
      paramLabel = "TERM",
      description = "sites to leave out, as --targets")
  private List<String> exclude = List.of();

  @Option(
      names = "--stages",
      split = ",",
      paramLabel = "N",
      description = "stages allowed, from 0 (default: all)")
  private List<Integer> stages = List.of();

  @Option(
      names = "--blocks",
      split = ",",
      paramLabel = "N",
      description = "blocks allowed, from 0, or from a stage's end if negative (default: all)")
  private List<Integer> blocks = List.of();

  @Override
  public Integer call() {
    if (folder != null) {
      return inspect(folder);
    }
    if (targets.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "Missing required option: '--targets=TERM', or name an adapter's folder");
    }
    SiteSelector selector = new SiteSelector(targets, exclude, stages, blocks);
    Backbone backbone = architecture.shapesOnly();
    Report report = Report.of(selector.inspect(backbone));
    output.result(report, report::text);
    selector.select(backbone); // refuses what methods refuse
    return ExitCode.DONE;
  }

  private int inspect(Path adapter) {
    if (!targets.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--targets selects sites of a backbone, and %s is an adapter's folder; give one of the two"
              .formatted(adapter));
    }
    AdapterReport report = AdapterReport.of(AdapterFolder.open(adapter));
    output.result(report, report::text);
    return ExitCode.DONE;
  }

  /**
   * What is printed.
   *
   * @param idleTerms terms that match no site, each with a hint
   */
  private record Report(
      String backbone, List<Entry> matched, List<Entry> missed, Map<String, String> idleTerms) {
    static Report of(MatchReport report) {
      Map<String, String> idle = new LinkedHashMap<>();
      report.idleTerms().forEach(t -> idle.put(t, report.hint(t).replaceFirst("^; ", "")));
      return new Report(
          report.backbone(),
          report.matched().stream().map(Entry::of).toList(),
          report.missed().stream().map(Entry::of).toList(),
          idle);
    }

    String text() {
      Columns table = new Columns("", 3, 4, 5);
      table.row("", "site", "role", "in", "out", "rows");
      matched.forEach(e -> table.row("+", e.path(), e.role(), e.in(), e.out(), e.rows()));
      missed.forEach(e -> table.row("-", e.path(), e.role(), e.in(), e.out(), e.rows()));
      StringBuilder text = new StringBuilder();
      text.append(
          "%s: %d of %d linear sites selected (+), %d not (-)%n"
              .formatted(backbone, matched.size(), matched.size() + missed.size(), missed.size()));
      text.append(table);
      idleTerms.forEach((t, hint) -> text.append("'%s' matches nothing; %s%n".formatted(t, hint)));
      return text.toString();
    }
  }

  /** A site; {@code block} is -1 outside blocks, {@code rows} are per image. */
  private record Entry(String path, int stage, int block, String role, int in, int out, int rows) {
    static Entry of(LinearSite s) {
      return new Entry(
          s.path(),
          s.place().stage(),
          s.place().block(),
          s.place().role(),
          s.in(),
          s.out(),
          s.rows());
    }
  }
}
