package io.peft4j.backbones.checkpoint;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@code config.json} beside weights says of their model, as Hugging Face's libraries and timm
 * write it.
 *
 * @param file the file
 * @param values its values by key: strings, numbers, booleans, lists and maps of them, null
 */
public record ModelConfig(Path file, Map<String, @Nullable Object> values) {
  /** Hugging Face's key of the epsilon of layer norms. */
  public static final String NORM_EPSILON = "layer_norm_eps";

  private static final String TYPE = "model_type";
  private static final String TIMM_TYPE = "architecture";
  private static final String TIMM_ARGUMENTS = "model_args";

  /** Copies the values. */
  public ModelConfig {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Whether such values describe a model: those of other programs are none of our business. */
  public static boolean isOne(Map<String, ?> values) {
    return values.containsKey(TYPE) || values.containsKey(TIMM_TYPE);
  }

  /** The values that describe the architecture. */
  public Map<String, @Nullable Object> architecture() {
    if (values.containsKey(TYPE)) {
      return values;
    }
    Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
    if (values.get(TIMM_ARGUMENTS) instanceof Map<?, ?> map) {
      map.forEach((key, value) -> arguments.put(String.valueOf(key), value));
    }
    return arguments;
  }

  /** Epsilon of the layer norms, if it says one. */
  public Optional<Double> normEpsilon() {
    return Optional.ofNullable(architecture().get(NORM_EPSILON))
        .filter(Number.class::isInstance)
        .map(n -> ((Number) n).doubleValue());
  }
}
