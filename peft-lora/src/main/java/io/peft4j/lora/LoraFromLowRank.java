package io.peft4j.lora;

import com.google.common.collect.Sets;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.lowrank.LowRankAdapter;
import io.peft4j.api.lowrank.LowRankForm.Adapted;
import io.peft4j.api.lowrank.LowRankUpdate;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.api.select.SiteSelector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Finds the configuration of LoRA that has given low-rank updates. */
final class LoraFromLowRank {
  private final Backbone backbone;
  private final Map<String, LinearSite> sites = new LinkedHashMap<>();

  LoraFromLowRank(Backbone backbone) {
    this.backbone = backbone;
    backbone.linearSites().forEach(s -> sites.put(s.path(), s));
  }

  Adapted adapted(Map<Stream, LowRankAdapter> adapters) {
    Stream first =
        adapters.keySet().stream()
            .findFirst()
            .orElseThrow(() -> new InputException("no low-rank updates to make LoRA from"));
    LoraConfig config = config(first, adapters.get(first));
    Map<String, INDArray> state = new TreeMap<>();
    adapters.forEach(
        (stream, adapter) -> {
          LoraConfig own = config(stream, adapter);
          if (!own.equals(config)) {
            throw new InputException(
                "%s and %s differ in rank, alpha or layers, which LoRA has in common for all tasks"
                    .formatted(first, stream));
          }
          add(stream, adapter, state);
        });
    return new Adapted(config, state);
  }

  private void add(Stream stream, LowRankAdapter adapter, Map<String, INDArray> state) {
    adapter
        .updates()
        .forEach(
            (site, update) -> {
              state.put(LoraLowRank.name(site, LoraLowRank.A, stream), typed(update.a()));
              state.put(LoraLowRank.name(site, LoraLowRank.B, stream), typed(update.b()));
              update
                  .magnitude()
                  .ifPresent(
                      m ->
                          state.put(
                              LoraLowRank.name(site, LoraLowRank.MAGNITUDE, stream),
                              typed(m.reshape(m.length()))));
            });
    adapter.trained().forEach((path, array) -> state.put(stream.tag(path), typed(array)));
  }

  private INDArray typed(INDArray array) {
    return array.castTo(backbone.dataType());
  }

  private LoraConfig config(Stream stream, LowRankAdapter adapter) {
    Map<String, LowRankUpdate> updates = adapter.updates();
    if (updates.isEmpty()) {
      throw new InputException("the adapter updates no layer of %s".formatted(backbone.id()));
    }
    updates.forEach(this::check);
    adapter.trained().forEach(this::check);
    Set<String> plain = paths(updates, u -> u.magnitude().isEmpty());
    boolean dora = plain.isEmpty();
    if (!dora && plain.size() < updates.size()) {
      throw new InputException(
          "LoRA has a magnitude (dora) for every layer or for none, but %s has none and others have"
              .formatted(plain.iterator().next()));
    }
    int rank = most(updates, LowRankUpdate::rank);
    double alpha = most(updates, LowRankUpdate::alpha);
    Trained trained = trained(adapter);
    return new LoraConfig(
        rank,
        alpha,
        adapter.rslora(),
        adapter.dropout(),
        SiteSelector.of(updates.keySet().toArray(String[]::new)),
        others(updates, LowRankUpdate::rank, rank),
        others(updates, LowRankUpdate::alpha, alpha),
        LoraConfig.Start.KAIMING,
        dora,
        trained.bias(),
        trained.groups(),
        trained.modules(),
        List.of(),
        LoraConfig.Norm.NONE,
        !stream.isShared());
  }

  private void check(String path, LowRankUpdate update) {
    LinearSite site = sites.get(path);
    if (site == null) {
      throw new InputException(
          "%s has no linear layer '%s'%s"
              .formatted(backbone.id(), path, NearestName.hint(path, sites.keySet())));
    }
    if (update.in() != site.in() || update.out() != site.out()) {
      throw new InputException(
          "the update of %s is for %d inputs and %d outputs, but the layer of %s has %d and %d"
              .formatted(path, update.in(), update.out(), backbone.id(), site.in(), site.out()));
    }
  }

  private void check(String path, INDArray array) {
    Param param = backbone.param(path);
    if (!Arrays.equals(param.shape().toArray(), array.shape())) {
      throw new InputException(
          "%s is %s in the adapter, but %s in %s"
              .formatted(path, Arrays.toString(array.shape()), param.shape(), backbone.id()));
    }
  }

  private static Set<String> paths(
      Map<String, LowRankUpdate> updates, java.util.function.Predicate<LowRankUpdate> which) {
    return updates.keySet().stream()
        .filter(p -> which.test(updates.get(p)))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** The value that most updates have; of several the first. */
  private static <T> T most(
      Map<String, LowRankUpdate> updates, Function<LowRankUpdate, T> property) {
    Map<T, Long> counts =
        updates.values().stream()
            .collect(Collectors.groupingBy(property, LinkedHashMap::new, Collectors.counting()));
    long highest = counts.values().stream().mapToLong(Long::longValue).max().orElseThrow();
    return counts.entrySet().stream()
        .filter(e -> e.getValue() == highest)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  private static <T> Map<String, T> others(
      Map<String, LowRankUpdate> updates, Function<LowRankUpdate, T> property, T common) {
    Map<String, T> others = new LinkedHashMap<>();
    updates.forEach(
        (path, update) -> {
          T value = property.apply(update);
          if (!value.equals(common)) {
            others.put(path, value);
          }
        });
    return others;
  }

  /** Options that train parameters of the backbone. */
  private record Trained(LoraConfig.Bias bias, List<ParamGroup> groups, List<String> modules) {}

  private Trained trained(LowRankAdapter adapter) {
    Set<Param> wanted =
        adapter.trained().keySet().stream().map(backbone::param).collect(Collectors.toSet());
    for (LoraConfig.Bias bias : LoraConfig.Bias.values()) {
      Set<Param> found = biases(bias, adapter.updates().keySet());
      if (!wanted.containsAll(found)) {
        continue;
      }
      Set<Param> rest = Sets.difference(wanted, found).immutableCopy();
      List<ParamGroup> groups = groups(rest, wanted);
      Set<Param> all = Sets.union(found, Set.copyOf(ParamGroup.union(groups, backbone)));
      if (all.equals(wanted)) {
        return new Trained(bias, groups, List.of());
      }
    }
    return new Trained(LoraConfig.Bias.NONE, List.of(), SavedModules.names(wanted, backbone));
  }

  /** Groups that lie in {@code wanted} and hold something of {@code rest}; one if one does. */
  private List<ParamGroup> groups(Set<Param> rest, Set<Param> wanted) {
    List<ParamGroup> groups = new ArrayList<>();
    Set<Param> open = new LinkedHashSet<>(rest);
    for (ParamGroup group : largestFirst()) {
      List<Param> members = ParamGroup.union(List.of(group), backbone);
      if (wanted.containsAll(members) && open.removeAll(Set.copyOf(members))) {
        groups.add(group);
      }
    }
    return groups;
  }

  private List<ParamGroup> largestFirst() {
    return Arrays.stream(ParamGroup.values())
        .sorted(
            java.util.Comparator.comparingInt(
                    (ParamGroup g) -> ParamGroup.union(List.of(g), backbone).size())
                .reversed())
        .toList();
  }

  private Set<Param> biases(LoraConfig.Bias bias, Set<String> adapted) {
    return switch (bias) {
      case NONE -> Set.of();
      case LORA_ONLY ->
          adapted.stream()
              .flatMap(p -> sites.get(p).bias().stream())
              .map(backbone::param)
              .collect(Collectors.toSet());
      case ALL -> Set.copyOf(ParamGroup.union(List.of(ParamGroup.BIASES), backbone));
    };
  }
}
