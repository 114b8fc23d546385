package io.peft4j.adapters.hf;

import io.peft4j.adapters.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;

/**
 * Which modules a configuration of peft adapts, by peft's rules: a text is an expression for whole
 * names, a list holds names or their ends at a dot; exclusions go first; {@code
 * layers_to_transform} restricts ends of names by the number that follows a name of {@code
 * layers_pattern}.
 *
 * @param config the configuration
 */
record TargetModules(JsonObject config) {
  static final String TARGETS = "target_modules";
  static final String EXCLUDE = "exclude_modules";
  static final String LAYERS = "layers_to_transform";
  static final String PATTERN = "layers_pattern";
  private static final String ALL = "all-linear";

  /** Whether the configuration says which modules it adapts, and not just all linear ones. */
  boolean isSpecific() {
    return config.has(TARGETS) && !ALL.equals(config.values().get(TARGETS));
  }

  boolean matches(String module) {
    if (config.has(EXCLUDE) && isNamed(EXCLUDE, module)) {
      return false;
    }
    if (config.values().get(TARGETS) instanceof String) {
      return isNamed(TARGETS, module);
    }
    List<String> names = config.texts(TARGETS);
    return names.contains(module)
        || names.stream().anyMatch(n -> module.endsWith("." + n)) && isAllowedLayer(module);
  }

  private boolean isNamed(String key, String module) {
    if (config.values().get(key) instanceof String expression) {
      return pattern(key, expression).matches(module);
    }
    return config.texts(key).stream().anyMatch(n -> module.equals(n) || module.endsWith("." + n));
  }

  private boolean isAllowedLayer(String module) {
    if (!config.has(LAYERS)) {
      return true;
    }
    List<Integer> allowed =
        config.values().get(LAYERS) instanceof Number
            ? List.of(config.integer(LAYERS, 0))
            : config.integers(LAYERS);
    List<String> names =
        config.values().get(PATTERN) instanceof String one ? List.of(one) : config.texts(PATTERN);
    List<String> expressions =
        names.isEmpty()
            ? List.of(".*\\.[^.]*\\.(\\d{1,9})\\..*")
            : names.stream().map(n -> ".*\\." + n + "\\.(\\d{1,9})\\..*").toList();
    for (String expression : expressions) {
      Matcher matcher = pattern(PATTERN, expression).matcher(module);
      if (matcher.matches()) {
        return allowed.contains(Integer.parseInt(matcher.group(matcher.groupCount())));
      }
    }
    return false;
  }

  /** The value of the first key that is the name, or the end of it at a dot, as an expression. */
  <T> T valueFor(String module, String option, Map<String, T> patterns, T otherwise) {
    for (Map.Entry<String, T> entry : patterns.entrySet()) {
      String key = entry.getKey();
      boolean plain = module.equals(key) || module.endsWith("." + key);
      if (plain || pattern(option, "(.*\\.)?(" + key + ")").matches(module)) {
        return entry.getValue();
      }
    }
    return otherwise;
  }

  private NamePattern pattern(String key, String expression) {
    return new NamePattern(expression, config.source() + ": " + key);
  }
}
