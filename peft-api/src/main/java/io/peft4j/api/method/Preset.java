package io.peft4j.api.method;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.InputException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A named set of options, such as the settings of a published benchmark.
 *
 * <pre>{@code
 * Preset.of("settings of Polyhistor's benchmark", Map.of("ratio", "2")).on("pvt", Map.of("ratio", "16"))
 * }</pre>
 *
 * @param description one line: whose settings these are
 * @param options text by option name
 * @param byFamily what differs, or is added, on backbones of a family, by the family's name
 */
public record Preset(
    String description, Map<String, String> options, Map<String, Map<String, String>> byFamily) {
  private static final Pattern FAMILY = Pattern.compile("[a-z][a-z0-9]*");

  /** Copies the maps and checks the names of families. */
  public Preset {
    options = ImmutableMap.copyOf(options);
    byFamily = ImmutableMap.copyOf(Maps.transformValues(byFamily, ImmutableMap::copyOf));
    for (String family : byFamily.keySet()) {
      if (!FAMILY.matcher(family).matches()) {
        throw new InputException(
            "preset family '%s' must be lower-case letters and digits, such as swin"
                .formatted(family));
      }
    }
  }

  /** The same options on every backbone. */
  public static Preset of(String description, Map<String, String> options) {
    return new Preset(description, options, Map.of());
  }

  /** With other options on backbones of a family: those whose id starts with its name, a dash. */
  public Preset on(String family, Map<String, String> others) {
    Map<String, Map<String, String>> all = new LinkedHashMap<>(byFamily);
    all.put(family, others);
    return new Preset(description, options, all);
  }

  /**
   * The options for a backbone.
   *
   * @param backbone id such as {@code swin-tiny}
   */
  public Map<String, String> optionsFor(String backbone) {
    Map<String, String> all = new LinkedHashMap<>(options);
    int dash = backbone.indexOf('-');
    all.putAll(byFamily.getOrDefault(dash < 0 ? backbone : backbone.substring(0, dash), Map.of()));
    return ImmutableMap.copyOf(all);
  }
}
