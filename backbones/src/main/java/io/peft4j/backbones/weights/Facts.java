package io.peft4j.backbones.weights;

import io.peft4j.backbones.checkpoint.ModelConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a configuration says of a model, held against what an architecture is. */
final class Facts {
  private Facts() {}

  /** Where they differ, as {@code key is this, but that}. */
  static List<String> contradictions(ModelConfig config, Map<String, Object> facts) {
    List<String> found = new ArrayList<>();
    config
        .normEpsilon()
        .filter(eps -> !(eps > 0 && eps < 1))
        .ifPresent(eps -> found.add("%s is %s".formatted(ModelConfig.NORM_EPSILON, eps)));
    config
        .architecture()
        .forEach(
            (key, value) -> {
              Object fact = facts.get(key);
              if (fact != null && value != null && !agree(value, fact)) {
                found.add("%s is %s, needed %s".formatted(key, value, fact));
              }
            });
    return found;
  }

  /** Keys that are not looked at. */
  static List<String> unused(ModelConfig config, Map<String, Object> facts) {
    return config.values().keySet().stream()
        .filter(k -> !facts.containsKey(k) && !k.equals(ModelConfig.NORM_EPSILON))
        .toList();
  }

  /** A number may stand for a list of it, as a window of 7 for 7x7. */
  private static boolean agree(@Nullable Object value, Object fact) {
    if (value instanceof List<?> list) {
      List<?> wanted =
          fact instanceof List<?> facts ? facts : Collections.nCopies(list.size(), fact);
      if (list.size() != wanted.size()) {
        return false;
      }
      for (int i = 0; i < list.size(); i++) {
        if (!agree(list.get(i), wanted.get(i))) {
          return false;
        }
      }
      return true;
    }
    if (value instanceof Number number && fact instanceof Number wanted) {
      return number.doubleValue() == wanted.doubleValue();
    }
    return fact.equals(value);
  }
}
