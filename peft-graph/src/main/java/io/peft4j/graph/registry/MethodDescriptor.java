package io.peft4j.graph.registry;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
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
 * @param presets its named sets of options
 */
public record MethodDescriptor(
    PeftMethod method,
    String id,
    String version,
    String location,
    List<OptionSpec> options,
    String description,
    String reference,
    Map<String, Preset> presets) {
  /** The version of a plugin that has none, as {@link PeftMethod#version()} gives it. */
  static final String UNVERSIONED = "unversioned";

  /** Copies options and presets. */
  public MethodDescriptor {
    options = ImmutableList.copyOf(options);
    presets = ImmutableSortedMap.copyOf(presets);
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
      throw named(e);
    }
  }

  /**
   * The options of a preset for a backbone, overridden by others.
   *
   * @param preset name of the preset
   * @param backbone id of the backbone
   * @param given text by option name; wins over the preset
   * @return text by option name
   * @throws InputException if the method has no such preset, or an option in {@code given} is
   *     unknown
   */
  public Map<String, String> presetOptions(
      String preset, String backbone, Map<String, String> given) {
    Preset found = presets.get(preset);
    if (found == null) {
      throw new InputException(
          "method %s has no preset '%s'%s"
              .formatted(
                  id,
                  preset,
                  presets.isEmpty()
                      ? "; it has none at all"
                      : NearestName.hint(preset, presets.keySet())));
    }
    try {
      return ConfigBinder.override(method.configType(), found.optionsFor(backbone), given);
    } catch (InputException e) {
      throw named(e);
    }
  }

  private InputException named(InputException e) {
    return new InputException("method " + id + ": " + e.getMessage(), e);
  }
}
