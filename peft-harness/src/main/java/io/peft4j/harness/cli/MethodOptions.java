package io.peft4j.harness.cli;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.graph.registry.ConfigBinder;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
      names = "--set",
      paramLabel = "OPTION=VALUE",
      description = "sets an option of the method, may be repeated; 'peft methods' lists them")
  private List<String> settings = List.of();

  /**
   * The chosen method with its configuration.
   *
   * @throws InputException if the method or an option is unknown, or a value is refused
   */
  public Chosen choose() {
    MethodDescriptor descriptor = MethodRegistry.discover().get(method);
    return new Chosen(descriptor, descriptor.configure(parse(settings)));
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
   */
  public record Chosen(MethodDescriptor descriptor, Record config) {
    /** Id of the method. */
    public String id() {
      return descriptor.id();
    }

    /** Every option as text. */
    public Map<String, String> options() {
      return ConfigBinder.toMap(config);
    }
  }
}
