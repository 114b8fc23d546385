package io.peft4j.adapters.hf;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.lowrank.LowRankUpdate;
import io.peft4j.backbones.names.NameMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Writes low-rank adapters as Hugging Face's peft does; the reverse of {@link HfReader}.
 *
 * <p>Safe for use by several threads.
 */
public final class HfWriter {
  /** The version of peft whose format this is. */
  private static final String PEFT_VERSION = "0.18.0";

  private final LowRankAdapter adapter;
  private final ForeignModules modules;
  private final Map<String, LinearSite> sites = new LinkedHashMap<>();
  private final Map<String, INDArray> tensors = new TreeMap<>();
  private final TreeMap<String, LowRankUpdate> updates = new TreeMap<>();

  private HfWriter(LowRankAdapter adapter, Backbone backbone, NameMap names) {
    this.adapter = adapter;
    this.modules = new ForeignModules(backbone, names);
    backbone.linearSites().forEach(s -> sites.put(s.path(), s));
  }

  /**
   * What goes to disk.
   *
   * @param config {@code adapter_config.json}
   * @param tensors {@code adapter_model.safetensors}, by key
   */
  public record Files(Map<String, Object> config, Map<String, INDArray> tensors) {}

  /**
   * The files of an adapter.
   *
   * @param names whose names modules get
   * @param leftovers what the adapter was read with besides
   * @throws InputException if peft has no place for a trained parameter
   */
  public static Files write(
      LowRankAdapter adapter, Backbone backbone, NameMap names, Leftovers leftovers) {
    return new HfWriter(adapter, backbone, names).write(backbone, leftovers);
  }

  private Files write(Backbone backbone, Leftovers leftovers) {
    adapter.updates().forEach(this::add);
    SavedModules saved = SavedModules.of(adapter, backbone, modules);
    saved.tensors().forEach((key, array) -> tensors.put(HfKey.PREFIX + key, array));
    leftovers.tensors().forEach((key, array) -> tensors.put(HfKey.PREFIX + key, array));
    TreeMap<String, Object> config = new TreeMap<>();
    config.put("task_type", null);
    config.put("auto_mapping", null);
    config.put("revision", null);
    config.put("base_model_name_or_path", backbone.id());
    config.put("peft_version", PEFT_VERSION);
    config.putAll(leftovers.config());
    options(config);
    config.put("bias", saved.bias());
    TreeSet<String> whole = new TreeSet<>(saved.modules());
    leftovers.tensors().keySet().forEach(key -> whole.add(key.split("\\.", 2)[0]));
    config.put("modules_to_save", whole.isEmpty() ? null : List.copyOf(whole));
    return new Files(config, tensors);
  }

  private void add(String path, LowRankUpdate update) {
    List<String> theirs = modules.theirs(path);
    if (theirs.size() == 1) {
      add(theirs.get(0), sites.get(path), update);
      return;
    }
    List<Optional<LowRankUpdate>> parts = FusedRows.apart(update, theirs.size(), adapter.rslora());
    for (int i = 0; i < theirs.size(); i++) {
      String module = theirs.get(i);
      parts.get(i).ifPresent(part -> add(module, sites.get(path), part));
    }
  }

  private void add(String module, LinearSite site, LowRankUpdate update) {
    updates.put(module, update);
    String key = HfKey.PREFIX + module;
    long[] kernel = modules.kernel(site);
    long rank = update.rank();
    boolean isConvolution = kernel.length == 4;
    INDArray a = update.a().dup('c');
    INDArray b = update.b().dup('c');
    if (isConvolution) {
      a = a.reshape('c', rank, kernel[1], kernel[2], kernel[3]);
      b = b.reshape('c', update.out(), rank, 1, 1);
    }
    tensors.put(key + ".lora_A.weight", a);
    tensors.put(key + ".lora_B.weight", b);
    update
        .magnitude()
        .ifPresent(
            m ->
                tensors.put(
                    key + ".lora_magnitude_vector",
                    isConvolution
                        ? m.dup('c').reshape('c', 1, m.length(), 1, 1)
                        : m.dup('c').reshape(m.length())));
  }

  private void options(Map<String, Object> config) {
    int rank = most(LowRankUpdate::rank);
    double alpha = most(LowRankUpdate::alpha);
    config.put("peft_type", HfConfig.TYPE);
    config.put("inference_mode", true);
    config.put("r", rank);
    config.put("lora_alpha", number(alpha));
    config.put("lora_dropout", adapter.dropout());
    config.put("use_rslora", adapter.rslora());
    config.put("use_dora", adapter.hasMagnitudes());
    config.put("fan_in_fan_out", false);
    config.put("init_lora_weights", true);
    config.put("target_modules", List.copyOf(updates.keySet()));
    config.put("exclude_modules", null);
    config.put("layers_to_transform", null);
    config.put("layers_pattern", null);
    config.put("rank_pattern", others(u -> u.rank() == rank, LowRankUpdate::rank));
    config.put("alpha_pattern", others(u -> u.alpha() == alpha, u -> number(u.alpha())));
  }

  /** Alphas are whole numbers as a rule, and written as such. */
  private static Object number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < Integer.MAX_VALUE) {
      return (int) value;
    }
    return value;
  }

  private Map<String, Object> others(
      java.util.function.Predicate<LowRankUpdate> common,
      Function<LowRankUpdate, Object> property) {
    Map<String, Object> others = new TreeMap<>();
    updates.forEach(
        (module, update) -> {
          if (!common.test(update)) {
            others.put(module, property.apply(update));
          }
        });
    return others;
  }

  private <T> T most(Function<LowRankUpdate, T> property) {
    Map<T, Long> counts =
        updates.values().stream()
            .collect(Collectors.groupingBy(property, LinkedHashMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElseThrow(() -> new InputException("the adapter updates no layer"));
  }
}
