package io.peft4j.lora;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Modules of a backbone that are trained as a whole, HF peft's {@code modules_to_save}: a name
 * stands for the modules whose path it is, or the end of it at a dot, with all that is in them.
 */
final class SavedModules {
  private SavedModules() {}

  /**
   * The parameters of named modules.
   *
   * @throws InputException if a name is none's, with the nearest
   */
  static Set<Param> params(List<String> names, Backbone backbone) {
    Set<Param> params = new LinkedHashSet<>();
    for (String name : names) {
      List<Param> found = backbone.params().stream().filter(p -> isIn(p.path(), name)).toList();
      if (found.isEmpty()) {
        Set<String> known = new TreeSet<>();
        backbone.params().forEach(p -> known.addAll(modules(p.path())));
        throw new InputException(
            "modulesToSave: '%s' is no module or parameter of %s%s"
                .formatted(name, backbone.id(), NearestName.hint(name, known)));
      }
      params.addAll(found);
    }
    return params;
  }

  private static boolean isIn(String path, String name) {
    return modules(path).stream().anyMatch(m -> m.equals(name) || m.endsWith("." + name));
  }

  /** The largest modules, and single parameters, that hold nothing but these. */
  static List<String> names(Set<Param> params, Backbone backbone) {
    Set<String> names = new TreeSet<>();
    for (Param param : params) {
      modules(param.path()).stream()
          .filter(
              module ->
                  backbone.params().stream()
                      .filter(p -> modules(p.path()).contains(module))
                      .allMatch(params::contains))
          .findFirst()
          .ifPresent(names::add);
    }
    return ImmutableList.copyOf(names);
  }

  /** The modules that a path lies in, the largest first, and itself. */
  private static List<String> modules(String path) {
    List<String> modules = new ArrayList<>();
    for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
      modules.add(path.substring(0, dot));
    }
    modules.add(path);
    return modules;
  }
}
