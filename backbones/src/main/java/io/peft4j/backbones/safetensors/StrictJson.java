package io.peft4j.backbones.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.peft4j.api.InputException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** JSON out of files that may be damaged: UTF-8 alone, no name twice, nothing behind the end. */
public final class StrictJson {
  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private StrictJson() {}

  /**
   * Reads a document.
   *
   * @param source name of the file in messages
   * @param what the document in messages, such as {@code the header}
   * @throws InputException if the bytes are none
   */
  public static JsonNode read(byte[] bytes, String source, String what) {
    try {
      // Decoded here: Jackson would guess UTF-16 and UTF-32, which the formats do not allow.
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return MAPPER.readTree(text);
    } catch (CharacterCodingException e) {
      throw new InputException(source + ": " + what + " is not UTF-8", e);
    } catch (JsonProcessingException e) {
      throw new InputException(
          source + ": " + what + " is not valid JSON: " + e.getOriginalMessage(), e);
    }
  }
}
