package io.peft4j.adapters.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.peft4j.api.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * JSON objects in files: read strictly, since a file may come from anywhere, and written as
 * Python's {@code json.dumps(indent=2, sort_keys=True)} does.
 *
 * <p>Safe for use by several threads.
 */
public final class JsonFile {
  /** Configurations take a few thousand bytes; what is larger is something else. */
  private static final long LARGEST = 16L << 20;

  private static final TypeReference<LinkedHashMap<String, Object>> OBJECT =
      new TypeReference<>() {};

  private static final JsonMapper READER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final JsonMapper WRITER =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  private JsonFile() {}

  /**
   * Reads a file that holds one object.
   *
   * @throws InputException if it does not exist, is no JSON object, or is larger than any
   *     configuration
   */
  public static JsonObject read(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw new InputException(file + ": is a folder, not a file");
      }
      if (Files.size(file) > LARGEST) {
        throw new InputException(
            "%s: %d bytes are too many for a configuration".formatted(file, Files.size(file)));
      }
      return parse(Files.readAllBytes(file), file.toString());
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": no such file", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }

  /**
   * Reads one object.
   *
   * @param source where it comes from, for messages
   * @throws InputException if it is none
   */
  public static JsonObject parse(byte[] json, String source) {
    try {
      LinkedHashMap<String, Object> values = READER.readValue(json, OBJECT);
      if (values == null) {
        throw new InputException(source + ": holds null, not a JSON object");
      }
      return new JsonObject(source, values);
    } catch (JsonProcessingException e) {
      throw new InputException(
          "%s: is no JSON object: %s".formatted(source, firstLine(e.getOriginalMessage())), e);
    } catch (IOException e) {
      // Text that is not UTF-8, or UTF-32 by the look of it.
      throw new InputException(source + ": is no JSON object: " + firstLine(e.getMessage()), e);
    }
  }

  /** An object as an indented document, keys sorted. */
  public static byte[] bytes(Map<String, ?> values) {
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter(
                Separators.createDefaultInstance()
                    .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                    .withObjectEmptySeparator("")
                    .withArrayEmptySeparator(""))
            .withArrayIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE.withLinefeed("\n"))
            .withObjectIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE.withLinefeed("\n"));
    try {
      String text = WRITER.writer(printer).writeValueAsString(values);
      return (text + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be written as JSON: " + values, e);
    }
  }

  /** An object in one line, keys sorted, for metadata. */
  public static String line(Map<String, ?> values) {
    try {
      return WRITER.writeValueAsString(values);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be written as JSON: " + values, e);
    }
  }

  private static String firstLine(String message) {
    return message == null ? "not readable" : message.lines().findFirst().orElse("");
  }
}
