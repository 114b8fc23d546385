package io.peft4j.graph.registry;

import com.google.common.base.Throwables;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Turns options given as text into a configuration record and back, by the {@link
 * io.peft4j.api.method.Option}s of the record's components and of its {@link
 * io.peft4j.api.method.OptionGroup}s.
 *
 * <p>Names and enum constants are found whatever their case, with or without dashes: {@code
 * rank-pattern} is {@code rankPattern}. List elements are separated by commas, map entries written
 * {@code key=value}; a comma or equals sign inside an element is escaped by a backslash. Blanks
 * around list elements, map keys and map values are dropped.
 */
public final class ConfigBinder {
  private ConfigBinder() {}

  /**
   * The options of a configuration record, in order, those of its groups in their place.
   *
   * @throws IllegalArgumentException if a component has no {@link io.peft4j.api.method.Option}, a
   *     type that options cannot have, or a default that is no value of its type; the message names
   *     it
   */
  public static List<OptionSpec> options(Class<? extends Record> type) {
    return OptionGroups.leaves(type).stream().map(ConfigBinder::spec).toList();
  }

  /** The record with every option at its default. */
  public static <T extends Record> T defaults(Class<T> type) {
    return bind(type, Map.of());
  }

  /**
   * The record with the given options set and the others at their defaults.
   *
   * @param values text by option name
   * @throws InputException if an option is unknown, given twice, unreadable, or refused by the
   *     record
   */
  public static <T extends Record> T bind(Class<T> type, Map<String, String> values) {
    return build(type, Map.of(), canonical(OptionGroups.leaves(type), values));
  }

  /** A record, whose groups are built in the same way with what is given of theirs. */
  private static <T extends Record> T build(
      Class<T> type, Map<String, String> defaults, Map<String, String> given) {
    RecordComponent[] components = OptionGroups.components(type);
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      arguments[i] =
          OptionGroups.isGroup(component)
              ? build(
                  OptionGroups.type(component), OptionGroups.defaults(component, defaults), given)
              : parse(
                  component,
                  given.getOrDefault(component.getName(), OptionGroups.text(component, defaults)));
    }
    return construct(type, components, arguments, given);
  }

  /**
   * Options overridden by others, however either spells their names.
   *
   * @return text by option name, as the record spells it
   * @throws InputException if an option is unknown, or given twice by one side
   */
  static Map<String, String> override(
      Class<? extends Record> type, Map<String, String> values, Map<String, String> winners) {
    List<OptionGroups.Leaf> leaves = OptionGroups.leaves(type);
    Map<String, String> all = canonical(leaves, values);
    all.putAll(canonical(leaves, winners));
    return all;
  }

  /** Every option of a record as text; {@link #bind} of it gives an equal record. */
  public static Map<String, String> toMap(Record config) {
    Map<String, String> map = new LinkedHashMap<>();
    for (RecordComponent component : OptionGroups.components(config.getClass())) {
      try {
        component.getAccessor().setAccessible(true);
        Object value = component.getAccessor().invoke(config);
        if (OptionGroups.isGroup(component)) {
          map.putAll(toMap((Record) value));
        } else {
          map.put(component.getName(), codec(component).format(value));
        }
      } catch (ReflectiveOperationException | IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "option %s of %s cannot be written as text: %s"
                .formatted(
                    component.getName(),
                    config.getClass().getName(),
                    Throwables.getRootCause(e).getMessage()),
            e);
      }
    }
    return map;
  }

  private static Map<String, String> canonical(
      List<OptionGroups.Leaf> leaves, Map<String, String> values) {
    Map<String, String> names = new LinkedHashMap<>();
    leaves.forEach(leaf -> names.put(squeezed(leaf.name()), leaf.name()));
    Map<String, String> given = new LinkedHashMap<>();
    for (Map.Entry<String, String> entry : values.entrySet()) {
      String name = names.get(squeezed(entry.getKey()));
      if (name == null) {
        throw new InputException(
            "unknown option '%s'%s"
                .formatted(entry.getKey(), hint(entry.getKey(), names.values())));
      }
      if (given.put(name, entry.getValue()) != null) {
        throw new InputException("option %s is given twice".formatted(name));
      }
    }
    return given;
  }

  private static String hint(String name, java.util.Collection<String> known) {
    return known.isEmpty() ? "; there are no options" : NearestName.hint(name, known);
  }

  /** A name whatever its case, without dashes. */
  static String squeezed(String name) {
    return name.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
  }

  private static Object parse(RecordComponent component, String text) {
    OptionCodec codec = codec(component);
    try {
      return codec.parse(text);
    } catch (IllegalArgumentException e) {
      String reason = e instanceof NumberFormatException ? "" : " (" + e.getMessage() + ")";
      throw new InputException(
          "option %s: '%s' is not %s%s"
              .formatted(component.getName(), text, expected(codec), reason),
          e);
    }
  }

  private static String expected(OptionCodec codec) {
    return codec.typeName().contains("|")
        ? "one of " + codec.typeName()
        : "of type " + codec.typeName();
  }

  private static <T extends Record> T construct(
      Class<T> type, RecordComponent[] components, Object[] arguments, Map<String, String> given) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<T> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      Throwables.throwIfInstanceOf(cause, Error.class);
      if (cause instanceof IllegalArgumentException) {
        throw new InputException(cause.getMessage() + context(given), cause);
      }
      throw new IllegalStateException(
          "configuration %s failed%s: %s".formatted(type.getName(), context(given), cause), cause);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("configuration %s: %s".formatted(type.getName(), e), e);
    }
  }

  private static String context(Map<String, String> given) {
    return given.isEmpty() ? " (all options at their defaults)" : " (options given: " + given + ")";
  }

  private static OptionSpec spec(OptionGroups.Leaf leaf) {
    OptionCodec codec = codec(leaf.component());
    parse(leaf.component(), leaf.byDefault());
    return new OptionSpec(
        leaf.name(),
        codec.typeName(),
        leaf.byDefault(),
        OptionGroups.option(leaf.component()).value());
  }

  private static OptionCodec codec(RecordComponent component) {
    try {
      return OptionCodec.of(component.getGenericType());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "component %s of %s: %s"
              .formatted(
                  component.getName(), component.getDeclaringRecord().getName(), e.getMessage()),
          e);
    }
  }
}
