package io.peft4j.graph.registry;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The text form of the values of one option type.
 *
 * @param typeName the type for listings and errors
 * @param parser from text; throws {@link IllegalArgumentException} where it is no such value
 * @param formatter to text; {@code parser} of it gives an equal value
 */
record OptionCodec(
    String typeName, Function<String, Object> parser, Function<Object, String> formatter) {
  /** Decimal notation only: no NaN, Infinity, hexadecimal or type suffix. */
  private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9.]+([eE][+-]?[0-9]+)?");

  /**
   * The codec of a record component's type.
   *
   * @throws IllegalArgumentException if options cannot have this type
   */
  static OptionCodec of(Type type) {
    if (type instanceof ParameterizedType p && p.getRawType() == List.class) {
      return list(scalar(p.getActualTypeArguments()[0]));
    }
    if (type instanceof ParameterizedType p
        && p.getRawType() == Map.class
        && p.getActualTypeArguments()[0] == String.class) {
      return map(scalar(p.getActualTypeArguments()[1]));
    }
    return scalar(type);
  }

  /** The value of a text. */
  Object parse(String text) {
    return parser.apply(text);
  }

  /** The text of a value. */
  String format(Object value) {
    return formatter.apply(value);
  }

  private static OptionCodec scalar(Type type) {
    if (type == int.class || type == Integer.class) {
      return new OptionCodec("int", t -> Integer.valueOf(t.strip()), Object::toString);
    }
    if (type == long.class || type == Long.class) {
      return new OptionCodec("long", t -> Long.valueOf(t.strip()), Object::toString);
    }
    if (type == double.class || type == Double.class) {
      return new OptionCodec("number", OptionCodec::number, Object::toString);
    }
    if (type == boolean.class || type == Boolean.class) {
      return new OptionCodec("true|false", OptionCodec::truth, Object::toString);
    }
    if (type == String.class) {
      return new OptionCodec("text", t -> t, Object::toString);
    }
    if (type instanceof Class<?> c && c.isEnum()) {
      return constants(List.of(c.getEnumConstants()));
    }
    throw new IllegalArgumentException(
        "type "
            + type.getTypeName()
            + " cannot be an option; use int, long, double, boolean, String, an enum, a List of"
            + " these or a Map from String to one of them");
  }

  private static Object number(String text) {
    String t = text.strip();
    if (!NUMBER.matcher(t).matches()) {
      throw new IllegalArgumentException("not a number");
    }
    double value = Double.parseDouble(t);
    if (Double.isInfinite(value)) {
      throw new IllegalArgumentException("too large");
    }
    return value;
  }

  private static Object truth(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("neither true nor false");
    };
  }

  private static OptionCodec constants(List<?> constants) {
    ImmutableMap.Builder<String, Object> byText = ImmutableMap.builder();
    constants.forEach(c -> byText.put(constantText(c), c));
    ImmutableMap<String, Object> known = byText.buildOrThrow();
    return new OptionCodec(
        String.join("|", known.keySet()),
        text -> {
          Object found = known.get(text.strip().toLowerCase(Locale.ROOT).replace('_', '-'));
          if (found == null) {
            throw new IllegalArgumentException("no such constant");
          }
          return found;
        },
        OptionCodec::constantText);
  }

  private static String constantText(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static OptionCodec list(OptionCodec element) {
    return new OptionCodec(
        "list of " + element.typeName,
        text ->
            elements(text).stream().map(element::parse).collect(ImmutableList.toImmutableList()),
        value ->
            DelimitedText.join(
                ((List<?>) value).stream().map(e -> writable(element.format(e))).toList(), ','));
  }

  private static OptionCodec map(OptionCodec element) {
    return new OptionCodec(
        "map of text=" + element.typeName,
        text -> {
          Map<String, Object> map = new LinkedHashMap<>();
          for (String entry : elements(text)) {
            List<String> pair = DelimitedText.split(entry, '=', 2);
            if (pair.size() < 2) {
              throw new IllegalArgumentException("'" + entry + "' has no '='");
            }
            String key = present(pair.get(0).strip());
            if (map.put(key, element.parse(pair.get(1).strip())) != null) {
              throw new IllegalArgumentException("'" + key + "' is given twice");
            }
          }
          return ImmutableMap.copyOf(map);
        },
        value ->
            DelimitedText.join(
                ((Map<?, ?>) value)
                    .entrySet().stream().map(e -> entry(e, element)).collect(Collectors.toList()),
                ','));
  }

  private static String entry(Map.Entry<?, ?> entry, OptionCodec element) {
    String key = DelimitedText.escape(writable(entry.getKey().toString()), '=', true);
    String value = element.format(entry.getValue());
    if (!value.equals(value.strip())) {
      throw new IllegalArgumentException("'" + value + "' starts or ends with a blank");
    }
    return key + "=" + value;
  }

  private static List<String> elements(String text) {
    if (text.isBlank()) {
      return List.of();
    }
    return DelimitedText.split(text, ',', Integer.MAX_VALUE).stream()
        .map(e -> present(e.strip()))
        .toList();
  }

  private static String present(String element) {
    if (element.isEmpty()) {
      throw new IllegalArgumentException("an element is empty");
    }
    return element;
  }

  /** Refuses elements that parsing would drop or strip. */
  private static String writable(String element) {
    if (element.isEmpty() || !element.equals(element.strip())) {
      throw new IllegalArgumentException(
          "'" + element + "' is empty, or starts or ends with a blank");
    }
    return element;
  }
}
