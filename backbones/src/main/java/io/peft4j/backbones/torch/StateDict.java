package io.peft4j.backbones.torch;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The weights among what was saved.
 *
 * @param path keys that lead to them, joined by dots; empty if they are the whole object
 * @param tensors the weights by name
 */
record StateDict(String path, Map<String, TensorView> tensors) {
  /** Keys under which training codes keep a model's weights; the first that is there is taken. */
  private static final ImmutableList<String> KEYS =
      ImmutableList.of("state_dict", "model_state_dict", "model", "module", "net", "backbone");

  private static final int DEPTH = 4;

  /**
   * Finds a dictionary of tensors: the object itself, or what it keeps under a usual key.
   *
   * @param origin name of the file in messages
   * @throws InputException if there is none
   */
  static StateDict in(@Nullable Object object, String origin) {
    StringBuilder path = new StringBuilder();
    Object at = object;
    for (int depth = 0; depth < DEPTH && at instanceof Map<?, ?> map; depth++) {
      Map<String, TensorView> tensors = tensors(map);
      if (!tensors.isEmpty()) {
        return new StateDict(path.toString(), tensors);
      }
      String key =
          KEYS.stream()
              .filter(k -> map.get(k) instanceof Map<?, ?>)
              .findFirst()
              .orElseThrow(() -> none(map, path, origin));
      path.append(path.isEmpty() ? "" : ".").append(key);
      at = map.get(key);
    }
    throw new InputException(
        "%s: holds %s%s, but a dictionary of tensors is needed; in Python: torch.save(model.state_dict(), 'weights.pth')"
            .formatted(origin, kind(at), path.isEmpty() ? "" : " under '" + path + "'"));
  }

  private static Map<String, TensorView> tensors(Map<?, ?> map) {
    Map<String, TensorView> tensors = new LinkedHashMap<>();
    map.forEach(
        (name, value) -> {
          if (name instanceof String string && value instanceof TensorView tensor) {
            tensors.put(string, tensor);
          }
        });
    return tensors;
  }

  private static InputException none(Map<?, ?> map, CharSequence path, String origin) {
    List<String> keys =
        map.keySet().stream().limit(8).map(k -> PythonName.printable(k.toString())).toList();
    return new InputException(
        "%s: no weights%s: its keys are %s, but no tensors nor %s is among them"
            .formatted(
                origin,
                path.isEmpty() ? "" : " under '" + path + "'",
                keys.isEmpty() ? "none" : String.join(", ", keys),
                String.join(", ", KEYS)));
  }

  private static String kind(@Nullable Object object) {
    if (object instanceof TensorView) {
      return "a tensor without a name";
    }
    return object instanceof Map ? "dictionaries in each other" : "no dictionary";
  }
}
