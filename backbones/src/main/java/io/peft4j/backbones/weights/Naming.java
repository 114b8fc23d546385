package io.peft4j.backbones.weights;

import com.google.common.collect.ImmutableSet;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.backbones.names.NameMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which names a checkpoint uses.
 *
 * @param map the code's
 * @param prefix what stands before each, such as {@code module.}
 */
record Naming(NameMap map, String prefix) {
  /** Parameters whose names are looked for behind prefixes; the first ones exist in every file. */
  private static final int PROBES = 4;

  /** Prefixes tried; a file of several models has a few. */
  private static final int PREFIXES = 16;

  /** The entries that are a parameter. */
  List<String> entries(String path) {
    return map.entries(path, prefix);
  }

  /** Every name that a parameter may have, with the prefix and without. */
  Set<String> entriesEitherWay(Set<String> paths) {
    ImmutableSet.Builder<String> entries = ImmutableSet.builder();
    for (String path : paths) {
      entries.addAll(map.entries(path)).addAll(entries(path));
    }
    return entries.build();
  }

  @Override
  public String toString() {
    return map.id() + (prefix.isEmpty() ? "" : ", each behind '" + prefix + "'");
  }

  /**
   * The names under which most of the backbone's parameters are found; the backbone's own where
   * others find no more.
   *
   * @param keys names in the checkpoint
   * @param spec what is wanted
   * @param wanted id of the code, or {@link LoadOptions#DETECT}
   * @throws InputException if no code of that id names this backbone's parameters
   */
  static Naming of(Set<String> keys, WeightSpec spec, String wanted) {
    Naming best = null;
    long most = -1;
    for (NameMap map : candidates(spec, wanted)) {
      for (String prefix : prefixes(keys, spec, map)) {
        Naming naming = new Naming(map, prefix);
        long found =
            spec.tensors().stream()
                .filter(t -> keys.containsAll(naming.entries(t.param().path())))
                .count();
        if (found > most) {
          most = found;
          best = naming;
        }
      }
    }
    return best;
  }

  private static List<NameMap> candidates(WeightSpec spec, String wanted) {
    if (wanted.equals(LoadOptions.DETECT)) {
      return spec.names();
    }
    List<String> ids = spec.names().stream().map(NameMap::id).toList();
    return spec.names().stream()
        .filter(m -> m.id().equals(wanted))
        .findFirst()
        .map(List::of)
        .orElseThrow(
            () ->
                new InputException(
                    "no names '%s' for %s%s"
                        .formatted(wanted, spec.backbone(), NearestName.hint(wanted, ids))));
  }

  private static Set<String> prefixes(Set<String> keys, WeightSpec spec, NameMap map) {
    Set<String> prefixes = new LinkedHashSet<>(Set.of(""));
    for (WeightSpec.Tensor tensor : spec.tensors().stream().limit(PROBES).toList()) {
      String probe = map.entries(tensor.param().path()).get(0);
      for (String key : keys) {
        if (prefixes.size() < PREFIXES && key.endsWith("." + probe)) {
          prefixes.add(key.substring(0, key.length() - probe.length()));
        }
      }
    }
    return prefixes;
  }
}
