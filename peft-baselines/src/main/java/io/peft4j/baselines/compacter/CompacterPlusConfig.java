package io.peft4j.baselines.compacter;

import io.peft4j.api.InputException;
import io.peft4j.api.method.OptionGroup;
import io.peft4j.baselines.bottleneck.Position;
import java.util.List;

/**
 * Configuration of Compacter++: Compacter with adapters behind the MLP alone.
 *
 * @param compacter that of Compacter
 */
public record CompacterPlusConfig(
    @OptionGroup(defaults = "positions=mlp") CompacterConfig compacter) {
  /** Refuses other positions. */
  public CompacterPlusConfig {
    List<Position> positions = compacter.bottleneck().positions();
    if (!positions.equals(List.of(Position.MLP))) {
      throw new InputException(
          "positions %s: compacter-plus has adapters behind the MLP alone; for others choose"
                  .formatted(positions)
              + " compacter");
    }
  }
}
