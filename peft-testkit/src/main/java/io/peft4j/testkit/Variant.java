package io.peft4j.testkit;

import com.google.common.collect.ImmutableMap;
import java.util.Map;

/**
 * A configuration under test.
 *
 * @param name name in the report
 * @param options options that differ from their defaults
 * @param merging what the plugin promises about merging
 */
public record Variant(String name, Map<String, String> options, Merging merging) {
  /** Copies the options, keeping their order. */
  public Variant {
    options = ImmutableMap.copyOf(options);
  }

  /** What a plugin promises about merging. */
  public enum Merging {
    /** Either it merges and the outputs agree, or it is refused naming sites. */
    EITHER,
    /** It merges. */
    MERGES,
    /** It is refused, naming sites. */
    REFUSED
  }
}
