package io.peft4j.adapters.hf;

import io.peft4j.adapters.json.JsonObject;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.lowrank.LowRankUpdate;
import io.peft4j.backbones.names.NameMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Reads a LoRA or DoRA adapter of Hugging Face's peft for a backbone.
 *
 * <p>{@code lora_A.weight} is {@code [r, in]}, {@code lora_B.weight} {@code [out, r]}; of a
 * convolution {@code [r, channels, kh, kw]} and {@code [out, r, 1, 1]}, with the elements in the
 * same order. {@code fan_in_fan_out} means nothing on the layers of these backbones, whose weights
 * are {@code [out, in]} whatever it says.
 *
 * <p>Safe for use by several threads.
 */
public final class HfReader {
  private final JsonObject json;
  private final HfConfig config;
  private final HfTensors tensors;
  private final Backbone backbone;

  private HfReader(JsonObject json, Map<String, INDArray> tensors, Backbone backbone) {
    this.json = json;
    this.config = HfConfig.of(json);
    this.tensors = HfTensors.of(tensors, json.source());
    this.backbone = backbone;
  }

  /**
   * What was read.
   *
   * @param adapter the updates
   * @param leftovers what is nothing to this library
   * @param names whose names the file has
   * @param notes what the user should know
   */
  public record Result(
      LowRankAdapter adapter, Leftovers leftovers, NameMap names, List<String> notes) {}

  /**
   * Reads an adapter, whose names are found by trying those that the backbone's modules have.
   *
   * @param json the configuration
   * @param tensors the tensors by key
   * @throws InputException if configuration, tensors and backbone do not fit together, naming both
   *     sides
   */
  public static Result read(JsonObject json, Map<String, INDArray> tensors, Backbone backbone) {
    return new HfReader(json, tensors, backbone).read();
  }

  private Result read() {
    WrappedModules modules = WrappedModules.find(tensors, backbone, json.source());
    requireRanks();
    requireTargets(modules);
    requireKeys("rank_pattern", config.ranks().keySet(), modules);
    requireKeys("alpha_pattern", config.alphas().keySet(), modules);
    OwnParameters own = OwnParameters.of(tensors.own(), modules, backbone);
    List<String> notes = new ArrayList<>();
    config
        .unknown()
        .forEach(
            key ->
                notes.add(
                    "%s: option '%s' is not known here and kept as it is%s"
                        .formatted(json.source(), key, HfConfig.hint(key))));
    if (!own.others().isEmpty()) {
      notes.add(
          "%s: %d tensors are no part of %s and kept as they are, such as %s"
              .formatted(
                  json.source(),
                  own.others().size(),
                  backbone.id(),
                  own.others().keySet().iterator().next()));
    }
    LowRankAdapter adapter =
        new LowRankAdapter(config.rslora(), config.dropout(), updates(modules), own.trained());
    return new Result(adapter, new Leftovers(config.kept(), own.others()), modules.names(), notes);
  }

  private Map<String, LowRankUpdate> updates(WrappedModules modules) {
    Map<String, TreeMap<Integer, LowRankUpdate>> bySite = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (String module : tensors.a().keySet()) {
      ForeignModules.Part part = modules.part(module);
      bySite.computeIfAbsent(part.ours(), m -> new TreeMap<>()).put(part.part(), update(module));
      counts.put(part.ours(), part.parts());
    }
    Map<String, LowRankUpdate> updates = new LinkedHashMap<>();
    for (LinearSite site : backbone.linearSites()) {
      TreeMap<Integer, LowRankUpdate> parts = bySite.get(site.path());
      if (parts != null) {
        int count = counts.get(site.path());
        updates.put(
            site.path(),
            count == 1
                ? parts.get(0)
                : FusedRows.joined(parts, count, config.rslora(), site, backbone));
      }
    }
    return updates;
  }

  private LowRankUpdate update(String module) {
    INDArray a = tensors.a().get(module).castTo(backbone.dataType());
    INDArray b = tensors.b().get(module).castTo(backbone.dataType());
    INDArray magnitude = tensors.magnitudes().get(module);
    if (config.dora() != (magnitude != null)) {
      throw new InputException(
          "%s: use_dora is %s, but '%s' has %s magnitude"
              .formatted(json.source(), config.dora(), module, magnitude == null ? "no" : "a"));
    }
    return new LowRankUpdate(
        a.reshape('c', a.size(0), -1),
        b.reshape('c', b.size(0), -1),
        config.alphaOf(module),
        Optional.ofNullable(magnitude)
            .map(m -> m.castTo(backbone.dataType()).dup('c').reshape(m.length())));
  }

  private void requireRanks() {
    for (Map.Entry<String, INDArray> entry : tensors.a().entrySet()) {
      int rank = config.rankOf(entry.getKey());
      long found = entry.getValue().size(0);
      if (found != rank) {
        throw new InputException(
            "%s: says rank %d for '%s', but its lora_A is %s"
                .formatted(
                    json.source(),
                    rank,
                    entry.getKey(),
                    Arrays.toString(entry.getValue().shape())));
      }
    }
  }

  /** What the configuration selects and what the file holds must be the same modules. */
  private void requireTargets(WrappedModules modules) {
    TargetModules targets = config.targets();
    if (!targets.isSpecific()) {
      return;
    }
    List<String> differing = differing(modules, LayerRule.CURRENT);
    if (differing.isEmpty()
        || Arrays.stream(LayerRule.values()).anyMatch(r -> differing(modules, r).isEmpty())) {
      return;
    }
    String module = differing.get(0);
    boolean there = tensors.a().containsKey(module);
    throw new InputException(
        "%s: target_modules %s '%s', but the file has %s for it"
            .formatted(
                json.source(),
                there ? "do not select" : "select",
                module,
                there ? "tensors" : "no tensors"));
  }

  /** Modules that a rule selects and the file lacks, or the other way round. */
  private List<String> differing(WrappedModules modules, LayerRule rule) {
    List<String> differing = new ArrayList<>();
    for (String layer : modules.layers()) {
      String module = modules.wrapped(layer);
      if (config.targets().matches(module, rule) != tensors.a().containsKey(module)) {
        differing.add(module);
      }
    }
    return differing;
  }

  /** A key that is about no module is a slip, and another model than was meant. */
  private void requireKeys(String option, Set<String> keys, WrappedModules modules) {
    for (String key : keys) {
      List<String> known = new ArrayList<>(tensors.a().keySet());
      modules.layers().forEach(l -> known.add(modules.wrapped(l)));
      if (known.stream().noneMatch(m -> config.targets().isMeant(key, m, option))) {
        throw new InputException(
            "%s: %s: '%s' matches no module of the file or of %s%s; correct it, or take it out, which"
                    .formatted(
                        json.source(), option, key, backbone.id(), NearestName.hint(key, known))
                + " computes what peft computes");
      }
    }
  }
}
