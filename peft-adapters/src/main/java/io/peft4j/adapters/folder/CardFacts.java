package io.peft4j.adapters.folder;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * What a model card tells of the training.
 *
 * @param facts lines such as data, seed and version, by what they are
 * @param metrics values by task and name
 * @param again the command, or lines of Java, that make the adapter again; empty if not known
 */
public record CardFacts(
    Map<String, String> facts, Map<String, Map<String, Double>> metrics, String again) {
  /** Nothing is known. */
  public static final CardFacts NONE = new CardFacts(Map.of(), Map.of(), "");

  /** Copies the maps, keeping their order. */
  public CardFacts {
    facts = ImmutableMap.copyOf(facts);
    metrics = ImmutableMap.copyOf(metrics);
  }
}
