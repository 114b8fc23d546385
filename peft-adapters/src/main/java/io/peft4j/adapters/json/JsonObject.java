package io.peft4j.adapters.json;

import io.peft4j.api.InputException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON object whose values are asked for by key and type. An absent key and {@code null} are the
 * same; a value of another type is refused, naming the file, the key and the value.
 *
 * @param source name of the file, for messages
 * @param values strings, numbers, truth values, lists and maps of them, and nulls
 */
public record JsonObject(String source, Map<String, Object> values) {
  private static final int SHOWN = 60;

  /** Copies the map, keeping its order and nulls. */
  public JsonObject {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Whether the key has a value other than null. */
  public boolean has(String key) {
    return values.get(key) != null;
  }

  /** A string. */
  public Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key)).map(v -> text(key, v));
  }

  /** A truth value, or {@code otherwise}. */
  public boolean truth(String key, boolean otherwise) {
    Object value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    return value instanceof Boolean b ? b : refuse(key, value, "true or false");
  }

  /** A whole number that an int can hold, or {@code otherwise}. */
  public int integer(String key, int otherwise) {
    Object value = values.get(key);
    return value == null ? otherwise : integer(key, value);
  }

  /** A finite number, or {@code otherwise}. */
  public double number(String key, double otherwise) {
    Object value = values.get(key);
    return value == null ? otherwise : number(key, value);
  }

  /** A list of strings; empty if there is none. */
  public List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    list(key).forEach(v -> texts.add(text(key, v)));
    return texts;
  }

  /** A list of whole numbers; empty if there is none. */
  public List<Integer> integers(String key) {
    List<Integer> integers = new ArrayList<>();
    list(key).forEach(v -> integers.add(integer(key, v)));
    return integers;
  }

  /** A list of finite numbers; empty if there is none. */
  public List<Double> numbers(String key) {
    List<Double> numbers = new ArrayList<>();
    list(key).forEach(v -> numbers.add(number(key, v)));
    return numbers;
  }

  /** A list of objects; empty if there is none. */
  public List<JsonObject> objects(String key) {
    List<JsonObject> objects = new ArrayList<>();
    list(key).forEach(v -> objects.add(object(key, v)));
    return objects;
  }

  /** An object; empty if there is none. */
  public JsonObject object(String key) {
    Object value = values.get(key);
    return value == null ? new JsonObject(within(key), Map.of()) : object(key, value);
  }

  /** Whole numbers by key; empty if there are none. */
  public Map<String, Integer> integersByKey(String key) {
    JsonObject object = object(key);
    Map<String, Integer> result = new LinkedHashMap<>();
    object.values.forEach((k, v) -> result.put(k, object.integer(k, v)));
    return result;
  }

  /** Finite numbers by key; empty if there are none. */
  public Map<String, Double> numbersByKey(String key) {
    JsonObject object = object(key);
    Map<String, Double> result = new LinkedHashMap<>();
    object.values.forEach((k, v) -> result.put(k, object.number(k, v)));
    return result;
  }

  /** Strings by key; empty if there are none. */
  public Map<String, String> textsByKey(String key) {
    JsonObject object = object(key);
    Map<String, String> result = new LinkedHashMap<>();
    object.values.forEach((k, v) -> result.put(k, object.text(k, v)));
    return result;
  }

  /** Keys that are not among {@code known}. */
  public Map<String, Object> without(Set<String> known) {
    Map<String, Object> rest = new LinkedHashMap<>(values);
    rest.keySet().removeAll(known);
    return rest;
  }

  /** An error about a key. */
  public InputException refusal(String key, String why) {
    return new InputException("%s: %s %s".formatted(source, key, why));
  }

  private List<?> list(String key) {
    Object value = values.get(key);
    if (value == null) {
      return List.of();
    }
    return value instanceof List<?> list ? list : refuse(key, value, "a list");
  }

  private String text(String key, Object value) {
    return value instanceof String s ? s : refuse(key, value, "a text");
  }

  private int integer(String key, Object value) {
    if (value instanceof Number n && n.doubleValue() == n.intValue()) {
      return n.intValue();
    }
    return refuse(key, value, "a whole number");
  }

  private double number(String key, Object value) {
    if (value instanceof Number n && Double.isFinite(n.doubleValue())) {
      return n.doubleValue();
    }
    return refuse(key, value, "a finite number");
  }

  private JsonObject object(String key, Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      return refuse(key, value, "an object");
    }
    Map<String, Object> byKey = new LinkedHashMap<>();
    map.forEach((k, v) -> byKey.put(String.valueOf(k), v));
    return new JsonObject(within(key), byKey);
  }

  private String within(String key) {
    return source + ": " + key;
  }

  private <T> T refuse(String key, Object value, String wanted) {
    throw refusal(key, "is %s, but must be %s".formatted(shown(value), wanted));
  }

  private static String shown(Object value) {
    String text = value instanceof String s ? "'" + s + "'" : String.valueOf(value);
    return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
  }
}
