package io.peft4j.adapters.hf;

import io.peft4j.api.InputException;
import java.util.List;
import java.util.Optional;

/**
 * A key of {@code adapter_model.safetensors}, with and without the prefixes that wrappers add and
 * the name of the adapter that peft has in memory.
 *
 * @param kind what the tensor is
 * @param module name of the module, without peft's prefix
 * @param local name of a module's own parameter; empty for those of LoRA
 * @param adapter name of the adapter, if the key has one
 */
record HfKey(Kind kind, String module, String local, Optional<String> adapter) {
  /** What a tensor is. */
  enum Kind {
    /** {@code lora_A}. */
    A,
    /** {@code lora_B}. */
    B,
    /** {@code lora_magnitude_vector}. */
    MAGNITUDE,
    /** A parameter that the module itself has. */
    OWN
  }

  static final String PREFIX = "base_model.model.";

  private static final List<String> PREFIXES =
      List.of(PREFIX, "base_model.", "module.", "_orig_mod.");

  private static final String LORA = "lora_";
  private static final String SAVED = "modules_to_save";

  /**
   * Reads a key.
   *
   * @throws InputException if it is LoRA's but of no known kind
   */
  static HfKey of(String key) {
    String rest = withoutPrefixes(key);
    int at = rest.lastIndexOf("." + LORA);
    if (at < 0 && !rest.startsWith(LORA)) {
      return own(rest);
    }
    String module = at < 0 ? "" : rest.substring(0, at);
    List<String> words = List.of(rest.substring(at + 1).split("\\.", -1));
    String last = words.get(words.size() - 1);
    Kind kind =
        switch (words.get(0)) {
          case "lora_A" -> Kind.A;
          case "lora_B" -> Kind.B;
          case "lora_magnitude_vector" -> Kind.MAGNITUDE;
          default -> throw unknown(key, "no such tensor of LoRA on linear layers");
        };
    boolean weight = last.equals("weight") && words.size() > 1;
    if (last.equals("bias")) {
      throw unknown(key, "a bias of the update (lora_bias) has no counterpart here");
    }
    if (!weight && kind != Kind.MAGNITUDE || words.size() > (weight ? 3 : 2)) {
      throw unknown(key, "expected %s.weight".formatted(words.get(0)));
    }
    int names = words.size() - (weight ? 2 : 1);
    return new HfKey(kind, module, "", names == 0 ? Optional.empty() : Optional.of(words.get(1)));
  }

  private static HfKey own(String rest) {
    String path = rest;
    Optional<String> adapter = Optional.empty();
    int at = path.indexOf("." + SAVED + ".");
    if (at >= 0) {
      int start = at + SAVED.length() + 2;
      int dot = path.indexOf('.', start);
      if (dot > 0) {
        adapter = Optional.of(path.substring(start, dot));
        path = path.substring(0, at) + path.substring(dot);
      }
    }
    path = path.replace(".base_layer.", ".");
    int dot = path.lastIndexOf('.');
    return new HfKey(
        Kind.OWN, dot < 0 ? "" : path.substring(0, dot), path.substring(dot + 1), adapter);
  }

  private static String withoutPrefixes(String key) {
    String rest = key;
    boolean found = true;
    while (found) {
      found = false;
      for (String prefix : PREFIXES) {
        if (rest.startsWith(prefix)) {
          rest = rest.substring(prefix.length());
          found = true;
        }
      }
    }
    return rest;
  }

  private static InputException unknown(String key, String why) {
    return new InputException("tensor '%s': %s".formatted(key, why));
  }
}
