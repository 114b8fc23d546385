package io.peft4j.api.lowrank;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * All that an adapter changes in one stream of a backbone, where this is nothing but low-rank
 * updates and parameters of the backbone itself.
 *
 * @param rslora whether scales are alpha over the root of the rank
 * @param dropout dropout on the input of the updates while they are trained, in [0, 1)
 * @param updates by path of the linear site, in the order of the forward pass
 * @param trained parameters of the backbone that have values of their own, by path
 */
public record LowRankAdapter(
    boolean rslora,
    double dropout,
    Map<String, LowRankUpdate> updates,
    Map<String, INDArray> trained) {
  /** Copies the maps, keeping their order. */
  public LowRankAdapter {
    updates = ImmutableMap.copyOf(updates);
    trained = ImmutableMap.copyOf(trained);
  }

  /** Whether a layer has a magnitude of its own (DoRA). */
  public boolean hasMagnitudes() {
    return updates.values().stream().anyMatch(u -> u.magnitude().isPresent());
  }
}
