package io.peft4j.backbones.weights;

import io.peft4j.api.InputException;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.checkpoint.Listed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is wrong with a checkpoint, by kind, so that all can be said at once. */
final class Mistakes {
  /** Tables that fit when they are resized. */
  static final String WINDOW = "another window";

  private final Map<String, List<String>> byKind = new TreeMap<>();

  void add(String kind, String what) {
    byKind.computeIfAbsent(kind, k -> new ArrayList<>()).add(what);
  }

  /**
   * Refuses the checkpoint if there are any.
   *
   * @throws InputException naming them
   */
  void refuse(Checkpoint checkpoint, WeightSpec spec, Naming naming) {
    if (!byKind.isEmpty()) {
      List<String> kinds = new ArrayList<>();
      byKind.forEach((kind, names) -> kinds.add(kind + ": " + Listed.some(names)));
      if (byKind.containsKey(WINDOW)) {
        kinds.add("resized tables make another network, which is done where resizing is allowed");
      }
      throw new InputException(
          ("%s: no weights for %s: %s; use a file of this architecture with the names of its public"
                  + " checkpoints (taken for: %s), or allow what may be missing or unexpected by"
                  + " name")
              .formatted(checkpoint.origin(), spec.backbone(), String.join("; ", kinds), naming));
    }
  }
}
