package io.peft4j.api.backbone;

import io.peft4j.api.Shape;

/**
 * A placeholder for a random mask {@code [batch·rows, rest…]}.
 *
 * <p>While training each entry is 0 with probability {@code rate} and {@code 1/(1-rate)} otherwise,
 * drawn anew each step and independently per stream; while evaluating every entry is 1.
 *
 * @param name name of the placeholder
 * @param rate probability of dropping, in (0, 1)
 * @param rows leading size per image
 * @param rest trailing dimensions
 */
public record NoiseInput(String name, double rate, int rows, Shape rest) {
  /** Checks the rate. */
  public NoiseInput {
    if (!(rate > 0 && rate < 1) || rows < 1) {
      throw new IllegalArgumentException(
          "noise %s: rate %s must lie in (0, 1), rows %d be positive".formatted(name, rate, rows));
    }
  }

  /** The same mask for another stream. */
  public NoiseInput renamed(String newName) {
    return new NoiseInput(newName, rate, rows, rest);
  }
}
