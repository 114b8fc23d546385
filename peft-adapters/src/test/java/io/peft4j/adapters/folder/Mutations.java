package io.peft4j.adapters.folder;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Damage as it happens to files, and as malice does to them. */
final class Mutations {
  private static final List<Object> VALUES =
      Arrays.asList(
          null,
          true,
          false,
          0,
          -1,
          2,
          1e300,
          0.5,
          Long.MAX_VALUE,
          Integer.MAX_VALUE,
          "",
          "LORA",
          "mtlora",
          "all-linear",
          "(a+)+b",
          "(((((((x*)*)*)*)*)*)*)y",
          "((){99999}){99999}",
          "[",
          "../../etc",
          "pissa",
          "qkv",
          "x".repeat(5000),
          List.of(),
          List.of("qkv", "proj"),
          List.of(1, 2),
          List.of(List.of()),
          Map.of(),
          Map.of("qkv", 3),
          Map.of("(.*", 2),
          Map.of("r", Map.of("r", List.of())));

  private static final List<String> KEYS =
      List.of(
          "peft_type",
          "r",
          "lora_alpha",
          "lora_dropout",
          "target_modules",
          "exclude_modules",
          "layers_to_transform",
          "layers_pattern",
          "rank_pattern",
          "alpha_pattern",
          "use_dora",
          "use_rslora",
          "bias",
          "modules_to_save",
          "init_lora_weights",
          "options",
          "per_task",
          "lora_bias",
          "layer_replication",
          "unheard_of");

  private static final String[] FRAGMENTS = {
    "null", "{", "}", "[", "]", "\"", ",", ":", "\\u0000", "1e999", "NaN", "-", "\"r\":1,", "\uD800"
  };

  private Mutations() {}

  /** Bytes of which some are changed, left out or doubled, or that end early. */
  static byte[] bytes(byte[] original, Random random) {
    byte[] bytes = original.clone();
    int edits = 1 + random.nextInt(3);
    for (int i = 0; i < edits && bytes.length > 0; i++) {
      int at = random.nextInt(bytes.length);
      bytes =
          switch (random.nextInt(5)) {
            case 0 -> flipped(bytes, at, random);
            case 1 -> Arrays.copyOf(bytes, at);
            case 2 -> joined(bytes, at, at + 1 + random.nextInt(8), new byte[0]);
            case 3 -> joined(bytes, at, at, fragment(random));
            default -> joined(bytes, at, at, Arrays.copyOfRange(bytes, at, bytes.length));
          };
    }
    return bytes;
  }

  /** Values of which some are others, missing or new. */
  static Map<String, Object> values(Map<String, Object> original, Random random) {
    Map<String, Object> values = new LinkedHashMap<>(original);
    int edits = 1 + random.nextInt(3);
    for (int i = 0; i < edits; i++) {
      List<String> keys = new ArrayList<>(KEYS);
      keys.addAll(values.keySet());
      String key = keys.get(random.nextInt(keys.size()));
      if (random.nextInt(4) == 0) {
        values.remove(key);
      } else {
        values.put(key, VALUES.get(random.nextInt(VALUES.size())));
      }
    }
    return values;
  }

  private static byte[] fragment(Random random) {
    return FRAGMENTS[random.nextInt(FRAGMENTS.length)].getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] flipped(byte[] bytes, int at, Random random) {
    bytes[at] = (byte) random.nextInt(256);
    return bytes;
  }

  private static byte[] joined(byte[] bytes, int from, int to, byte[] between) {
    int rest = Math.min(to, bytes.length);
    byte[] result = new byte[from + between.length + bytes.length - rest];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(between, 0, result, from, between.length);
    System.arraycopy(bytes, rest, result, from + between.length, bytes.length - rest);
    return result;
  }
}
