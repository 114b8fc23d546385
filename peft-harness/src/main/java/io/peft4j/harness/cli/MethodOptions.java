package io.peft4j.harness.cli;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.graph.pertask.PerTask;
import io.peft4j.graph.registry.ConfigBinder;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.run.RunDefaults;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which method, and its options. */
public final class MethodOptions {
  @Option(
      names = "--method",
      required = true,
      paramLabel = "ID",
      description = "method, as 'peft methods' lists it")
  private String method;

  @Option(
      names = "--per-task",
      description = "one model of the method per task: what it trains is there once for each")
  private boolean perTask;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description =
          "start from a named set of the method's options, which --set overrides; 'peft methods'"
              + " lists them")
  private @Nullable String preset;

  @Option(
      names = "--set",
      paramLabel = "OPTION=VALUE",
      description = "sets an option of the method, may be repeated; 'peft methods' lists them")
  private List<String> settings = List.of();

  /** Whether there is to be one model per task. */
  boolean isPerTask() {
    return perTask;
  }

  /**
   * The chosen method with its configuration for a backbone: what is set, else the preset's, or
   * without preset what {@link RunDefaults} have for so small a backbone, else the method's own
   * defaults.
   *
   * @param backbone id of the backbone, which a preset may depend on
   * @throws InputException if the method, its preset or an option is unknown, or a value is refused
   */
  public Chosen choose(String backbone) {
    MethodDescriptor descriptor = MethodRegistry.discover().get(method);
    Map<String, String> given = parse(settings);
    if (preset != null) {
      Map<String, String> options = descriptor.presetOptions(preset, backbone, given);
      return new Chosen(descriptor, descriptor.configure(options), perTask, Map.of());
    }
    Map<String, String> fitting =
        new LinkedHashMap<>(RunDefaults.options(descriptor.id(), backbone));
    fitting.keySet().removeAll(given.keySet());
    Map<String, String> options = new LinkedHashMap<>(fitting);
    options.putAll(given);
    return new Chosen(descriptor, descriptor.configure(options), perTask, fitting);
  }

  /**
   * Splits {@code option=value} settings.
   *
   * @throws InputException if one has no equals sign or no name, or a name is given twice
   */
  public static Map<String, String> parse(List<String> settings) {
    Map<String, String> parsed = new LinkedHashMap<>();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new InputException(
            "--set %s: write option=value, such as --set rank=8".formatted(setting));
      }
      String name = setting.substring(0, equals).strip();
      if (parsed.put(name, setting.substring(equals + 1)) != null) {
        throw new InputException("--set %s: the option is set twice".formatted(name));
      }
    }
    return ImmutableMap.copyOf(parsed);
  }

  /**
   * A method and its configuration.
   *
   * @param descriptor the method
   * @param config every option, defaults included
   * @param perTask one model per task
   * @param fitting options that were set to fit the backbone, not as the method's defaults are
   */
  public record Chosen(
      MethodDescriptor descriptor, Record config, boolean perTask, Map<String, String> fitting) {
    /** Id of the method. */
    public String id() {
      return descriptor.id();
    }

    /** The method, one model per task if so chosen. */
    public PeftMethod method() {
      return perTask ? PerTask.of(descriptor.method()) : descriptor.method();
    }

    /** Every option as text. */
    public Map<String, String> options() {
      return ConfigBinder.toMap(config);
    }

    /** Tells of options that are neither given nor the method's own defaults. */
    void note(OutputOptions output) {
      if (!fitting.isEmpty()) {
        output.note(
            "%s: %s, since its own defaults do not fit so small a backbone"
                .formatted(id(), Joiner.on(", ").withKeyValueSeparator("=").join(fitting)));
      }
    }
  }
}
