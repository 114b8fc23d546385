package io.peft4j.adapters.hf;

import com.google.common.collect.Sets;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.lowrank.LowRankAdapter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where peft keeps trained parameters of the backbone: biases by {@code bias}, whole modules by
 * {@code modules_to_save}.
 *
 * @param bias none, lora_only or all
 * @param modules their names of the whole modules
 * @param tensors by key, without peft's prefix
 */
record SavedModules(String bias, Set<String> modules, Map<String, INDArray> tensors) {
  /**
   * Finds the least that holds what an adapter trains.
   *
   * @throws InputException if a trained parameter is neither a bias nor of a module that is trained
   *     as a whole
   */
  static SavedModules of(LowRankAdapter adapter, Backbone backbone, ForeignModules modules) {
    Set<Param> trained =
        adapter.trained().keySet().stream().map(backbone::param).collect(Collectors.toSet());
    for (String bias : List.of("none", "lora_only", "all")) {
      Set<Param> biases = biases(bias, adapter, backbone);
      Set<Param> rest = Sets.difference(trained, biases);
      Optional<Set<String>> whole = whole(rest, trained, adapter, backbone);
      if (trained.containsAll(biases) && whole.isPresent()) {
        Set<String> theirs = new TreeSet<>();
        whole.get().forEach(m -> theirs.addAll(modules.theirs(m)));
        return new SavedModules(bias, theirs, tensors(adapter, modules));
      }
    }
    throw new InputException(
        "peft cannot keep %s, which the adapter trains: it keeps biases and whole modules; choose the"
                .formatted(lonely(trained, adapter, backbone))
            + " form native");
  }

  private static Set<Param> biases(String bias, LowRankAdapter adapter, Backbone backbone) {
    if (bias.equals("none")) {
      return Set.of();
    }
    boolean all = bias.equals("all");
    return backbone.params().stream()
        .filter(p -> p.kind() == Kind.BIAS || all && p.kind() == Kind.NORM_BIAS)
        .filter(p -> all || adapter.updates().containsKey(ForeignModules.moduleOf(p.path())))
        .collect(Collectors.toSet());
  }

  /** The modules of parameters, if each is trained as a whole and not updated. */
  private static Optional<Set<String>> whole(
      Set<Param> rest, Set<Param> trained, LowRankAdapter adapter, Backbone backbone) {
    Set<String> modules =
        rest.stream().map(p -> ForeignModules.moduleOf(p.path())).collect(Collectors.toSet());
    boolean ok =
        modules.stream().noneMatch(m -> m.isEmpty() || adapter.updates().containsKey(m))
            && backbone.params().stream()
                .filter(p -> isWithin(p, modules))
                .allMatch(trained::contains);
    return ok ? Optional.of(modules) : Optional.empty();
  }

  /** peft saves a module with all that is in it. */
  private static boolean isWithin(Param param, Set<String> modules) {
    return modules.stream().anyMatch(m -> param.path().startsWith(m + "."));
  }

  private static String lonely(Set<Param> trained, LowRankAdapter adapter, Backbone backbone) {
    return trained.stream()
        .filter(p -> p.kind() != Kind.BIAS && p.kind() != Kind.NORM_BIAS)
        .filter(p -> whole(Set.of(p), trained, adapter, backbone).isEmpty())
        .map(Param::path)
        .sorted()
        .findFirst()
        .orElse("some of the biases");
  }

  /** peft wraps an updated layer, whose own parameters lie one level deeper then. */
  private static String inBaseLayer(String key) {
    String module = ForeignModules.moduleOf(key);
    return module + ".base_layer" + key.substring(module.length());
  }

  private static Map<String, INDArray> tensors(LowRankAdapter adapter, ForeignModules modules) {
    Map<String, INDArray> tensors = new LinkedHashMap<>();
    adapter
        .trained()
        .forEach(
            (path, array) -> {
              boolean updated = adapter.updates().containsKey(ForeignModules.moduleOf(path));
              List<String> theirs = modules.theirParams(path);
              long rows = array.size(0) / theirs.size();
              for (int i = 0; i < theirs.size(); i++) {
                String key = theirs.get(i);
                INDArray part = theirs.size() == 1 ? array : FusedRows.slice(array, i * rows, rows);
                tensors.put(updated ? inBaseLayer(key) : key, part.dup('c'));
              }
            });
    return tensors;
  }
}
