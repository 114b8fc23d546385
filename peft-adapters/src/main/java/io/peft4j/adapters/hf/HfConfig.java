package io.peft4j.adapters.hf;

import io.peft4j.adapters.json.JsonObject;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code adapter_config.json} of a LoRA adapter as Hugging Face's peft writes it (LoraConfig), with
 * peft's defaults for what is absent.
 *
 * @param rank r of layers that {@code ranks} does not name
 * @param alpha lora_alpha of layers that {@code alphas} does not name
 * @param dropout dropout of the branch
 * @param rslora whether scales divide by the root of the rank
 * @param dora whether layers have magnitudes
 * @param ranks rank_pattern
 * @param alphas alpha_pattern
 * @param targets which modules are adapted
 * @param kept values that are to be written back as they are
 * @param unknown keys that this library does not know and that are set to something
 */
record HfConfig(
    int rank,
    double alpha,
    double dropout,
    boolean rslora,
    boolean dora,
    Map<String, Integer> ranks,
    Map<String, Double> alphas,
    TargetModules targets,
    Map<String, Object> kept,
    Set<String> unknown) {
  static final String TYPE = "LORA";
  static final int DEFAULT_RANK = 8;
  static final double DEFAULT_ALPHA = 8;

  /** Read or written here; everything else is kept as it is. */
  private static final Set<String> OURS =
      Set.of(
          "peft_type",
          "r",
          "lora_alpha",
          "lora_dropout",
          "use_rslora",
          "use_dora",
          "rank_pattern",
          "alpha_pattern",
          "bias",
          "fan_in_fan_out",
          "init_lora_weights",
          "inference_mode",
          "modules_to_save",
          TargetModules.TARGETS,
          TargetModules.EXCLUDE,
          TargetModules.LAYERS,
          TargetModules.PATTERN);

  /** Kept, and no reason to warn: they change nothing once an adapter is trained. */
  private static final Set<String> SILENT =
      Set.of(
          "task_type",
          "base_model_name_or_path",
          "revision",
          "auto_mapping",
          "peft_version",
          "megatron_config",
          "megatron_core",
          "loftq_config",
          "eva_config",
          "corda_config",
          "lora_ga_config",
          "runtime_config",
          "qalora_group_size",
          "ensure_weight_tying");

  /** They change what the tensors mean, in ways that have no counterpart here. */
  private static final List<String> REFUSED =
      List.of(
          "layer_replication",
          "target_parameters",
          "trainable_token_indices",
          "alora_invocation_tokens",
          "lora_bias",
          "use_qalora",
          "use_bdlora");

  /** The start that adapters have which may be saved without their changed base weights. */
  private static final List<String> PLAIN_STARTS =
      List.of("gaussian", "orthogonal", "eva", "true", "false");

  /**
   * Reads a configuration.
   *
   * @throws InputException naming the key that has another type, is out of range or has no
   *     counterpart here
   */
  static HfConfig of(JsonObject json) {
    String type = json.text("peft_type").orElse("");
    if (!type.equals(TYPE)) {
      throw json.refusal("peft_type", "is '%s', not %s".formatted(type, TYPE));
    }
    for (String key : REFUSED) {
      if (isSet(json.values().get(key))) {
        throw json.refusal(key, "is set, which has no counterpart here");
      }
    }
    requirePlainStart(json);
    String bias = json.text("bias").orElse("none");
    if (!List.of("none", "all", "lora_only").contains(bias)) {
      throw json.refusal("bias", "is '%s'; known: none, all, lora_only".formatted(bias));
    }
    Map<String, Object> kept = new LinkedHashMap<>(json.without(OURS));
    Set<String> unknown = new TreeSet<>();
    kept.forEach(
        (key, value) -> {
          if (isSet(value) && !SILENT.contains(key)) {
            unknown.add(key);
          }
        });
    double dropout = json.number("lora_dropout", 0);
    if (!(dropout >= 0 && dropout < 1)) {
      throw json.refusal("lora_dropout", "is %s; it must lie in [0, 1)".formatted(dropout));
    }
    return new HfConfig(
        json.integer("r", DEFAULT_RANK),
        json.number("lora_alpha", DEFAULT_ALPHA),
        dropout,
        json.truth("use_rslora", false),
        json.truth("use_dora", false),
        json.integersByKey("rank_pattern"),
        json.numbersByKey("alpha_pattern"),
        new TargetModules(json),
        kept,
        unknown);
  }

  /** What a key probably meant, for a warning. */
  static String hint(String key) {
    List<String> words = OURS.stream().filter(k -> k.length() > 1).toList();
    return NearestName.of(key, words).map(k -> " (did you mean '" + k + "'?)").orElse("");
  }

  int rankOf(String module) {
    return targets.valueFor(module, "rank_pattern", ranks, rank);
  }

  double alphaOf(String module) {
    return targets.valueFor(module, "alpha_pattern", alphas, alpha);
  }

  private static void requirePlainStart(JsonObject json) {
    String start = Objects.toString(json.values().get("init_lora_weights"), "true");
    if (!PLAIN_STARTS.contains(start)) {
      throw json.refusal(
          "init_lora_weights",
          ("is '%s': such a start changes the weights of the backbone, which the adapter alone does"
                  + " not tell; save it with path_initial_model_for_weight_conversion")
              .formatted(start.length() > 40 ? start.substring(0, 40) : start));
    }
  }

  private static boolean isSet(Object value) {
    return !(value == null
        || Boolean.FALSE.equals(value)
        || value instanceof Collection<?> c && c.isEmpty()
        || value instanceof Map<?, ?> m && m.isEmpty());
  }
}
