package io.peft4j.harness.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.Sets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** In which fields two specifications differ. */
final class SpecDifference {
  private static final String ABSENT = "nothing";
  private static final int MOST_TOLD = 8;

  private SpecDifference() {}

  /**
   * A sentence such as {@code train.seed is 1 there and 2 here}; empty if they are the same.
   *
   * @param there what was run before
   * @param here what is to be run
   */
  static String text(RunSpec there, RunSpec here) {
    Map<String, String> before = fields(there);
    Map<String, String> now = fields(here);
    List<String> differences = new ArrayList<>();
    for (String name : Sets.union(before.keySet(), now.keySet())) {
      String old = before.getOrDefault(name, ABSENT);
      String fresh = now.getOrDefault(name, ABSENT);
      if (!old.equals(fresh)) {
        differences.add("%s is %s there and %s here".formatted(name, old, fresh));
      }
    }
    int more = differences.size() - MOST_TOLD;
    return more <= 0
        ? String.join(", ", differences)
        : String.join(", ", differences.subList(0, MOST_TOLD)) + ", and %d more".formatted(more);
  }

  private static Map<String, String> fields(RunSpec spec) {
    Map<String, String> fields = new TreeMap<>();
    collect("", Json.tree(spec), fields);
    return fields;
  }

  private static void collect(String path, JsonNode node, Map<String, String> fields) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              e ->
                  collect(
                      path.isEmpty() ? e.getKey() : path + "." + e.getKey(), e.getValue(), fields));
    } else {
      fields.put(path, node.isTextual() ? "'" + node.asText() + "'" : node.toString());
    }
  }
}
