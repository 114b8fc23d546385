package io.peft4j.graph.registry;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.method.PeftMethod;
import java.util.List;
import java.util.Map;

/**
 * A method that was found and can be used.
 *
 * @param method the provider
 * @param id its id
 * @param version version of the plugin
 * @param location jar or folder that it was loaded from
 * @param options its options, in order
 * @param description one line
 * @param reference where the method comes from
 */
public record MethodDescriptor(
    PeftMethod method,
    String id,
    String version,
    String location,
    List<OptionSpec> options,
    String description,
    String reference) {
  /** Copies the options. */
  public MethodDescriptor {
    options = ImmutableList.copyOf(options);
  }

  /**
   * The method's configuration with the given options set.
   *
   * @param values text by option name
   * @throws InputException as {@link ConfigBinder#bind}, naming the method
   */
  public Record configure(Map<String, String> values) {
    try {
      return ConfigBinder.bind(method.configType(), values);
    } catch (InputException e) {
      throw new InputException("method " + id + ": " + e.getMessage(), e);
    }
  }
}
