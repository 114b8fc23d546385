package io.peft4j.harness.cli;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.run.RunDefaults;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Options of the methods of a comparison: a preset's or the harness's own, then what is set. */
final class ComparedOptions {
  private ComparedOptions() {}

  /**
   * Options by method; methods without any are left out.
   *
   * @param methods the methods that are compared
   * @param presets {@code preset}, for all of them, or {@code method.preset}
   * @param settings {@code method.option=value}
   * @param backbone id of the backbone
   * @throws InputException if a setting has no method, a preset is for a method that takes no part,
   *     or a method has no such preset
   */
  static Map<String, Map<String, String>> of(
      List<String> methods, List<String> presets, List<String> settings, String backbone) {
    Map<String, Map<String, String>> given = byMethod(settings);
    Map<String, String> presetsByMethod = presetsByMethod(methods, presets);
    Map<String, Map<String, String>> all = new LinkedHashMap<>(given);
    for (String method : methods) {
      Map<String, String> own = given.getOrDefault(method, Map.of());
      String preset = presetsByMethod.get(method);
      Map<String, String> options = new LinkedHashMap<>();
      if (preset == null) {
        options.putAll(RunDefaults.options(method, backbone));
        options.putAll(own);
      } else {
        MethodDescriptor descriptor = MethodRegistry.discover().get(method);
        options.putAll(descriptor.presetOptions(preset, backbone, own));
      }
      if (!options.isEmpty()) {
        all.put(method, options);
      }
    }
    return all;
  }

  /** Splits {@code method.option=value} settings by method. */
  private static Map<String, Map<String, String>> byMethod(List<String> settings) {
    Map<String, Map<String, String>> byMethod = new LinkedHashMap<>();
    MethodOptions.parse(settings)
        .forEach(
            (name, value) -> {
              int dot = name.indexOf('.');
              if (dot < 1) {
                throw new InputException(
                    "--set %s=%s: write method.option=value, such as --set lora.rank=4"
                        .formatted(name, value));
              }
              byMethod
                  .computeIfAbsent(name.substring(0, dot), m -> new LinkedHashMap<>())
                  .put(name.substring(dot + 1), value);
            });
    return byMethod;
  }

  private static Map<String, String> presetsByMethod(List<String> methods, List<String> presets) {
    Map<String, String> byMethod = new LinkedHashMap<>();
    for (String preset : presets) {
      if (preset.indexOf('.') < 0) {
        methods.forEach(m -> byMethod.put(m, preset));
      }
    }
    for (String preset : presets) {
      int dot = preset.indexOf('.');
      if (dot >= 0) {
        String method = preset.substring(0, dot);
        if (!methods.contains(method)) {
          throw new InputException(
              "--preset %s: '%s' takes no part%s"
                  .formatted(preset, method, NearestName.hint(method, methods)));
        }
        byMethod.put(method, preset.substring(dot + 1));
      }
    }
    return ImmutableMap.copyOf(byMethod);
  }
}
