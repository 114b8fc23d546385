package io.peft4j.baselines.adalora;

import java.util.List;

/**
 * Names of what one adapted layer trains and remembers.
 *
 * @param path path of the site
 * @param end what ends a name: nothing, or the task's
 */
record Branch(String path, String end) {
  /** P, {@code [out, r]}. */
  static final String LEFT = "lora_B";

  /** Λ, {@code [r]}. */
  static final String VALUES = "lora_E";

  /** Q, {@code [r, in]}. */
  static final String RIGHT = "lora_A";

  /** All three. */
  static final List<String> FACTORS = List.of(LEFT, VALUES, RIGHT);

  /** Which triplets are pruned: ones in {@code [r]}. */
  static final String PRUNED = "lora_pruned";

  /** Full name of something of this branch. */
  String name(String local) {
    return path + "." + local + end;
  }

  /** Local name of a factor's smoothed sensitivity, of the factor's shape. */
  static String sensitivity(String factor) {
    return factor + "_sensitivity";
  }

  /** Local name of a factor's smoothed uncertainty, of the factor's shape. */
  static String uncertainty(String factor) {
    return factor + "_uncertainty";
  }
}
