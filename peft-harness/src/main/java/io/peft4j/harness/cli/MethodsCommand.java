package io.peft4j.harness.cli;

import com.google.common.base.Joiner;
import io.peft4j.api.method.Preset;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.graph.registry.OptionSpec;
import io.peft4j.graph.registry.RegistryProblem;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code peft methods}: what can be named by {@code --method}, and what each can be told. */
@Command(name = "methods", description = "List the methods found, their options and their jars.")
public final class MethodsCommand implements Callable<Integer>, WithoutEngine {
  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() {
    MethodRegistry registry = MethodRegistry.discover();
    Listing listing =
        new Listing(registry.methods().stream().map(MethodEntry::of).toList(), registry.problems());
    listing.problems().forEach(p -> output.note("not usable: " + p));
    output.result(listing, listing::text);
    return ExitCode.DONE;
  }

  /** What is printed. */
  private record Listing(List<MethodEntry> methods, List<RegistryProblem> problems) {
    String text() {
      if (methods.isEmpty()) {
        return "no methods on the class path";
      }
      StringBuilder text = new StringBuilder();
      for (MethodEntry method : methods) {
        text.append(method.text()).append('\n');
      }
      return text.toString();
    }
  }

  /** A method; {@code jar} is the jar or folder that its class was loaded from. */
  private record MethodEntry(
      String id,
      String version,
      String jar,
      String description,
      String reference,
      List<OptionEntry> options,
      Map<String, Preset> presets) {
    static MethodEntry of(MethodDescriptor m) {
      return new MethodEntry(
          m.id(),
          m.version(),
          m.location(),
          m.description(),
          m.reference(),
          m.options().stream().map(OptionEntry::of).toList(),
          m.presets());
    }

    String text() {
      Columns table = new Columns("    ");
      options.forEach(o -> table.row(o.name(), o.type(), o.shownDefault(), o.description()));
      return "%s %s  (%s)%n  %s%s%n%s%s"
          .formatted(
              id,
              version,
              jar,
              description,
              reference.isEmpty() ? "" : " [" + reference + "]",
              options.isEmpty() ? "    no options\n" : table,
              presetLines());
    }

    private String presetLines() {
      StringBuilder lines = new StringBuilder();
      presets.forEach(
          (name, preset) -> {
            lines.append("    preset %s: %s%n".formatted(name, preset.description()));
            lines.append("      %s%n".formatted(settings(preset.options())));
            preset
                .byFamily()
                .forEach(
                    (family, own) ->
                        lines.append("      on %s: %s%n".formatted(family, settings(own))));
          });
      return lines.toString();
    }

    private static String settings(Map<String, String> options) {
      return options.isEmpty()
          ? "the defaults"
          : Joiner.on(' ').withKeyValueSeparator('=').join(options);
    }
  }

  /** An option; {@code default} is its text form. */
  private record OptionEntry(
      String name,
      String type,
      @com.fasterxml.jackson.annotation.JsonProperty("default") String byDefault,
      String description) {
    static OptionEntry of(OptionSpec o) {
      return new OptionEntry(o.name(), o.type(), o.defaultText(), o.description());
    }

    String shownDefault() {
      return byDefault.isEmpty() ? "(none)" : byDefault;
    }
  }
}
