package io.peft4j.backbones.torch;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The weights among what was saved.
 *
 * @param path keys that lead to them, joined by dots; empty if they are the whole object
 * @param tensors the weights by name
 * @param beside what is not read: keys on the way to the weights, and those beside them that are no
 *     tensors
 */
record StateDict(String path, Map<String, TensorView> tensors, List<String> beside) {
  /** Keys under which training codes keep a model's weights; the first that is there is taken. */
  private static final ImmutableList<String> KEYS =
      ImmutableList.of("state_dict", "model_state_dict", "model", "module", "net", "backbone");

  private static final int DEPTH = 4;
  private static final String SAVE = "in Python: torch.save(model.state_dict(), 'weights.pth')";

  /**
   * Finds a dictionary of tensors: what a usual key leads to, or the object itself.
   *
   * @param origin name of the file in messages
   * @throws InputException if there is none, or one of its tensors is of a kind that is not read
   */
  static StateDict in(@Nullable Object object, String origin) {
    return find(object, "", 0)
        .map(found -> found.checked(origin))
        .orElseThrow(() -> none(object, origin));
  }

  /** Values are looked at by a usual key first: a tensor beside it may be a score. */
  private static Optional<Found> find(@Nullable Object object, String path, int depth) {
    if (depth == DEPTH || !(object instanceof Map<?, ?> map)) {
      return Optional.empty();
    }
    for (String key : KEYS) {
      Optional<Found> below =
          find(map.get(key), path.isEmpty() ? key : path + "." + key, depth + 1);
      if (below.isPresent()) {
        below.get().beside().addAll(others(map, key, path));
        return below;
      }
    }
    boolean has = map.values().stream().anyMatch(v -> v instanceof TensorView || isTensor(v));
    return has ? Optional.of(new Found(path, map, new ArrayList<>())) : Optional.empty();
  }

  /** A dictionary with tensors, not checked yet. */
  private record Found(String path, Map<?, ?> map, List<String> beside) {
    StateDict checked(String origin) {
      Map<String, TensorView> tensors = new LinkedHashMap<>();
      map.forEach(
          (key, value) -> {
            String name = PythonName.printable(String.valueOf(key));
            if (value instanceof Mark mark && mark.tensor().isPresent()) {
              throw new InputException(
                  "%s: tensor '%s': %s".formatted(origin, name, mark.tensor().get()));
            }
            if (key instanceof String string && value instanceof TensorView tensor) {
              tensors.put(string, tensor);
            } else {
              beside.add(path.isEmpty() ? name : path + "." + name);
            }
          });
      return new StateDict(path, tensors, beside);
    }
  }

  private static boolean isTensor(@Nullable Object value) {
    return value instanceof Mark mark && mark.tensor().isPresent();
  }

  private static List<String> others(Map<?, ?> map, String taken, String path) {
    return map.keySet().stream()
        .filter(k -> !taken.equals(k))
        .map(k -> PythonName.printable((path.isEmpty() ? "" : path + ".") + k))
        .toList();
  }

  private static InputException none(@Nullable Object object, String origin) {
    if (!(object instanceof Map<?, ?> map)) {
      return new InputException(
          "%s: holds %s, but a dictionary of tensors is needed; if you trust the file, save its weights alone, %s"
              .formatted(origin, kind(object), SAVE));
    }
    List<String> keys = map.keySet().stream().limit(8).map(k -> printed(map, k)).toList();
    return new InputException(
        "%s: no weights: its keys are %s, but no tensors nor, under %s, dictionaries of tensors are among them; %s"
            .formatted(
                origin,
                keys.isEmpty() ? "none" : String.join(", ", keys),
                String.join(", ", KEYS),
                SAVE));
  }

  private static String printed(Map<?, ?> map, Object key) {
    String name = PythonName.printable(String.valueOf(key));
    return map.get(key) instanceof Mark mark ? "%s (a '%s')".formatted(name, mark) : name;
  }

  private static String kind(@Nullable Object object) {
    if (object instanceof Mark mark) {
      return "a '" + mark + "'";
    }
    return object instanceof TensorView ? "a tensor without a name" : "no dictionary";
  }
}
