package io.peft4j.graph.registry;

import com.google.common.base.Throwables;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.method.Option;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Turns options given as text into a configuration record and back, by the {@link Option}s of the
 * record's components.
 *
 * <p>Names and enum constants are found whatever their case, with or without dashes: {@code
 * rank-pattern} is {@code rankPattern}. List elements are separated by commas, map entries written
 * {@code key=value}; a comma or equals sign inside an element is escaped by a backslash. Blanks
 * around list elements, map keys and map values are dropped.
 */
public final class ConfigBinder {
  private ConfigBinder() {}

  /**
   * The options of a configuration record, in order.
   *
   * @throws IllegalArgumentException if a component has no {@link Option}, a type that options
   *     cannot have, or a default that is no value of its type; the message names it
   */
  public static List<OptionSpec> options(Class<? extends Record> type) {
    return Arrays.stream(components(type)).map(ConfigBinder::spec).toList();
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
    RecordComponent[] components = components(type);
    Map<String, String> given = canonical(components, values);
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      String text = given.getOrDefault(component.getName(), option(component).byDefault());
      arguments[i] = parse(component, text);
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
    RecordComponent[] components = components(type);
    Map<String, String> all = canonical(components, values);
    all.putAll(canonical(components, winners));
    return all;
  }

  /** Every option of a record as text; {@link #bind} of it gives an equal record. */
  public static Map<String, String> toMap(Record config) {
    Map<String, String> map = new LinkedHashMap<>();
    for (RecordComponent component : components(config.getClass())) {
      try {
        component.getAccessor().setAccessible(true);
        Object value = component.getAccessor().invoke(config);
        map.put(component.getName(), codec(component).format(value));
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
      RecordComponent[] components, Map<String, String> values) {
    Map<String, String> names = new LinkedHashMap<>();
    for (RecordComponent component : components) {
      names.put(squeezed(component.getName()), component.getName());
    }
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

  private static String squeezed(String name) {
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

  private static OptionSpec spec(RecordComponent component) {
    Option option = option(component);
    OptionCodec codec = codec(component);
    parse(component, option.byDefault());
    return new OptionSpec(
        component.getName(), codec.typeName(), option.byDefault(), option.value());
  }

  private static Option option(RecordComponent component) {
    Option option = component.getAnnotation(Option.class);
    if (option == null) {
      throw new IllegalArgumentException(
          "component %s of %s has no @Option"
              .formatted(component.getName(), component.getDeclaringRecord().getName()));
    }
    return option;
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

  private static RecordComponent[] components(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    if (components == null) {
      throw new IllegalArgumentException(type.getName() + " is not a record");
    }
    return components;
  }
}
