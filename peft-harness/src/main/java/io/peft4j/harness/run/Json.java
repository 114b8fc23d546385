package io.peft4j.harness.run;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.hash.Hashing;
import io.peft4j.api.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Records as JSON: one form for people and one, with sorted keys, for hashing.
 *
 * <p>Safe for use by several threads.
 */
public final class Json {
  private static final JsonMapper READABLE =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          // A newer version's file has fields that this one does not know.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          // An older version's file lacks maps that this one has.
          .withConfigOverride(
              Map.class, o -> o.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
          .build();

  private static final JsonMapper CANONICAL =
      JsonMapper.builder()
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();

  private static final int HASH_DIGITS = 16;

  private Json() {}

  /** A value as an indented document. */
  public static byte[] bytes(Object value) {
    try {
      return READABLE.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + value.getClass() + " as JSON", e);
    }
  }

  /** A value as a tree. */
  static JsonNode tree(Object value) {
    return READABLE.valueToTree(value);
  }

  /**
   * Reads a document.
   *
   * @param source where it comes from, for messages
   * @throws InputException if it does not hold a {@code type}
   */
  static <T> T parse(String document, Class<T> type, String source) {
    try {
      T value = READABLE.readValue(document, type);
      if (value == null) {
        throw new InputException(source + ": is empty");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new InputException(
          "%s: does not hold a %s: %s"
              .formatted(source, type.getSimpleName(), e.getOriginalMessage()),
          e);
    }
  }

  /** The first digits of the SHA-256 of the canonical form. */
  static String hash(Object value) {
    try {
      String text = CANONICAL.writeValueAsString(value);
      return Hashing.sha256()
          .hashString(text, StandardCharsets.UTF_8)
          .toString()
          .substring(0, HASH_DIGITS);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + value.getClass() + " as JSON", e);
    }
  }

  /**
   * Reads a file.
   *
   * @throws InputException if it does not exist or does not hold a {@code type}
   * @throws UncheckedIOException if it cannot be read
   */
  static <T> T read(Path file, Class<T> type) {
    try {
      return READABLE.readValue(Files.readAllBytes(file), type);
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": no such file", e);
    } catch (JsonProcessingException e) {
      throw new InputException(
          "%s: is not the record of a run: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }
}
