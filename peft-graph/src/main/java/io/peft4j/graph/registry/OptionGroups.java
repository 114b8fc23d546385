package io.peft4j.graph.registry;

import com.google.common.base.Splitter;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.OptionGroup;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The options of a configuration record: its own, and those of the groups in it. */
final class OptionGroups {
  private OptionGroups() {}

  /**
   * A component that is an option.
   *
   * @param byDefault its default, where a group that it is in may have another
   */
  record Leaf(RecordComponent component, String byDefault) {
    String name() {
      return component.getName();
    }
  }

  static List<Leaf> leaves(Class<? extends Record> type) {
    List<Leaf> leaves = new ArrayList<>();
    collect(type, Map.of(), leaves);
    Set<String> names = new HashSet<>();
    for (Leaf leaf : leaves) {
      if (!names.add(ConfigBinder.squeezed(leaf.name()))) {
        throw new IllegalArgumentException(
            "%s has two options '%s'; rename one".formatted(type.getName(), leaf.name()));
      }
    }
    return leaves;
  }

  private static void collect(
      Class<? extends Record> type, Map<String, String> defaults, List<Leaf> leaves) {
    for (RecordComponent component : components(type)) {
      if (isGroup(component)) {
        collect(type(component), defaults(component, defaults), leaves);
      } else {
        leaves.add(new Leaf(component, text(component, defaults)));
      }
    }
  }

  static boolean isGroup(RecordComponent component) {
    return component.isAnnotationPresent(OptionGroup.class);
  }

  static Class<? extends Record> type(RecordComponent component) {
    if (!component.getType().isRecord()) {
      throw new IllegalArgumentException(
          "component %s of %s is an @OptionGroup, but %s is no record"
              .formatted(
                  component.getName(),
                  component.getDeclaringRecord().getName(),
                  component.getType().getName()));
    }
    return component.getType().asSubclass(Record.class);
  }

  /** The defaults of a group; those from further outside win. */
  static Map<String, String> defaults(RecordComponent component, Map<String, String> outer) {
    Map<String, String> defaults = new LinkedHashMap<>();
    List<String> known = new ArrayList<>();
    List<Leaf> inside = new ArrayList<>();
    collect(type(component), Map.of(), inside);
    inside.forEach(leaf -> known.add(leaf.name()));
    for (String entry : component.getAnnotation(OptionGroup.class).defaults()) {
      List<String> pair = Splitter.on('=').limit(2).splitToList(entry);
      if (pair.size() < 2 || !known.contains(pair.get(0))) {
        throw new IllegalArgumentException(
            "component %s of %s: '%s' is no default of %s; write name=text"
                .formatted(
                    component.getName(),
                    component.getDeclaringRecord().getName(),
                    entry,
                    component.getType().getName()));
      }
      defaults.put(pair.get(0), pair.get(1));
    }
    known.stream().filter(outer::containsKey).forEach(n -> defaults.put(n, outer.get(n)));
    return defaults;
  }

  static String text(RecordComponent component, Map<String, String> defaults) {
    String outer = defaults.get(component.getName());
    return outer == null ? option(component).byDefault() : outer;
  }

  static Option option(RecordComponent component) {
    Option option = component.getAnnotation(Option.class);
    if (option == null) {
      throw new IllegalArgumentException(
          "component %s of %s has no @Option or @OptionGroup"
              .formatted(component.getName(), component.getDeclaringRecord().getName()));
    }
    return option;
  }

  static RecordComponent[] components(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    if (components == null) {
      throw new IllegalArgumentException(type.getName() + " is not a record");
    }
    return components;
  }
}
