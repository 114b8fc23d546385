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
  static final String SAVED = "modules_to_save";
  private static final String ALL = "all-linear";

  /** Whether the configuration says which modules it adapts, and not just all linear ones. */
  boolean isSpecific() {
    return config.has(TARGETS) && !ALL.equals(config.values().get(TARGETS));
  }

  /**
   * Whether a module is adapted.
   *
   * @param rule how the version of peft chooses layers
   */
  boolean matches(String module, LayerRule rule) {
    if (config.has(EXCLUDE) && isNamed(EXCLUDE, module)
        || rule.keepsSavedApart() && isSaved(module)) {
      return false;
    }
    if (config.values().get(TARGETS) instanceof String) {
      return isNamed(TARGETS, module);
    }
    List<String> names = config.texts(TARGETS);
    boolean whole = names.contains(module);
    boolean named = whole || names.stream().anyMatch(n -> module.endsWith("." + n));
    return named && (whole && rule.spareWholeNames() || isAllowedLayer(module, rule));
  }

  /** A module that is trained as a whole, or lies in one. */
  private boolean isSaved(String module) {
    return config.texts(SAVED).stream().anyMatch(m -> ("." + module + ".").contains("." + m + "."));
  }

  private boolean isNamed(String key, String module) {
    if (config.values().get(key) instanceof String expression) {
      return pattern(key, expression).matches(module);
    }
    return config.texts(key).stream().anyMatch(n -> module.equals(n) || module.endsWith("." + n));
  }

  private boolean isAllowedLayer(String module, LayerRule rule) {
    if (!config.has(LAYERS) || config.values().get(LAYERS) instanceof List<?> l && l.isEmpty()) {
      return true;
    }
    List<Integer> allowed =
        config.values().get(LAYERS) instanceof Number
            ? List.of(config.integer(LAYERS, 0))
            : config.integers(LAYERS);
    List<String> names =
        config.values().get(PATTERN) instanceof String one
            ? one.isEmpty() ? List.of() : List.of(one)
            : config.texts(PATTERN);
    for (String expression : rule.expressions(names)) {
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
      if (isMeant(entry.getKey(), module, option)) {
        return entry.getValue();
      }
    }
    return otherwise;
  }

  /** Whether a key of a pattern option is about a module: peft's {@code (.*\\.)?(KEY)$}. */
  boolean isMeant(String key, String module, String option) {
    boolean plain = module.equals(key) || module.endsWith("." + key);
    return plain || pattern(option, "(.*\\.)?(" + key + ")").matches(module);
  }

  private NamePattern pattern(String key, String expression) {
    return new NamePattern(expression, config.source() + ": " + key);
  }
}
