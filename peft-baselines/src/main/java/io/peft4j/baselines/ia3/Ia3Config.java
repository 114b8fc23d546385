package io.peft4j.baselines.ia3;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import java.util.List;

/**
 * Configuration of (IA)³.
 *
 * @param parts what is scaled
 * @param perTask one set of vectors and one backbone pass per task instead of one for all
 */
public record Ia3Config(
    @Option(value = "what is scaled: k, v, ff", byDefault = "k,v,ff") List<Part> parts,
    @Option(value = "one adapted model per task instead of one for all", byDefault = "false")
        boolean perTask) {

  /** What a vector scales. */
  public enum Part {
    /** Keys. */
    K,
    /** Values. */
    V,
    /** The hidden layer of the MLP, after its function. */
    FF
  }

  /** Refuses an empty list and parts named twice. */
  public Ia3Config {
    parts = ImmutableList.copyOf(parts);
    if (parts.isEmpty()) {
      throw new InputException("parts: name at least one of k, v, ff");
    }
    if (parts.stream().distinct().count() < parts.size()) {
      throw new InputException("parts %s names a part twice".formatted(parts));
    }
  }
}
