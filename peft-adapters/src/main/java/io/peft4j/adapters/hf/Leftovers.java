package io.peft4j.adapters.hf;

import com.google.common.collect.ImmutableMap;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What an adapter of another library holds that is nothing to this one, kept so that it can be
 * written back: options that are not known here, and heads and other modules that are not the
 * backbone's.
 *
 * @param config values of the configuration by key
 * @param tensors by key, without peft's prefix
 */
public record Leftovers(Map<String, Object> config, Map<String, INDArray> tensors) {
  /** Nothing. */
  public static final Leftovers NONE = new Leftovers(Map.of(), Map.of());

  /** Copies the maps; values may be null. */
  public Leftovers {
    config = Collections.unmodifiableMap(new TreeMap<>(config));
    tensors = ImmutableMap.copyOf(tensors);
  }
}
