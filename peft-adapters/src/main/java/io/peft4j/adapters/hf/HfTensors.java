package io.peft4j.adapters.hf;

import com.google.common.collect.Iterables;
import io.peft4j.api.InputException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The tensors of a file by what they are, in whatever names of modules.
 *
 * @param a {@code lora_A} by module
 * @param b {@code lora_B} by module
 * @param magnitudes {@code lora_magnitude_vector} by module
 * @param own parameters of modules themselves, by path
 */
record HfTensors(
    Map<String, INDArray> a,
    Map<String, INDArray> b,
    Map<String, INDArray> magnitudes,
    Map<String, INDArray> own) {

  /**
   * Sorts tensors by their keys.
   *
   * @throws InputException if a key is LoRA's but unknown, two keys mean the same, several adapters
   *     are mixed, or a pair lacks one of its two
   */
  static HfTensors of(Map<String, INDArray> tensors, String source) {
    HfTensors sorted =
        new HfTensors(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new LinkedHashMap<>());
    TreeSet<String> adapters = new TreeSet<>();
    tensors.forEach(
        (name, array) -> {
          HfKey key = HfKey.of(name);
          key.adapter().ifPresent(adapters::add);
          String path =
              key.kind() != HfKey.Kind.OWN || key.module().isEmpty()
                  ? key.module() + key.local()
                  : key.module() + "." + key.local();
          if (sorted.of(key.kind()).put(path, array) != null) {
            throw new InputException(
                "%s: two tensors are the %s of '%s'; one of them is '%s'"
                    .formatted(source, key.kind(), path, name));
          }
        });
    if (adapters.size() > 1) {
      throw new InputException(
          "%s: holds the adapters %s; save one of them".formatted(source, adapters));
    }
    sorted.requirePairs(source);
    return sorted;
  }

  private Map<String, INDArray> of(HfKey.Kind kind) {
    return switch (kind) {
      case A -> a;
      case B -> b;
      case MAGNITUDE -> magnitudes;
      case OWN -> own;
    };
  }

  private void requirePairs(String source) {
    if (a.isEmpty()) {
      throw new InputException("%s: holds no lora_A: it is no LoRA adapter".formatted(source));
    }
    for (String module : Iterables.concat(a.keySet(), b.keySet(), magnitudes.keySet())) {
      if (!a.containsKey(module) || !b.containsKey(module)) {
        throw new InputException(
            "%s: '%s' has no %s"
                .formatted(source, module, a.containsKey(module) ? "lora_B" : "lora_A"));
      }
    }
  }
}
