package io.peft4j.backbones.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.hash.Hashing;
import io.peft4j.api.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Files written by other programs are read as their descriptions say. */
class SafetensorsGoldenTest {
  private static final Path FIXTURES = Path.of(System.getProperty("peft.fixtures"));

  static Stream<Path> fixtures() throws IOException {
    try (Stream<Path> files = Files.list(FIXTURES)) {
      return files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList().stream();
    }
  }

  /** Every fixture: names, types and shapes as in its JSON file, values finite, bytes kept. */
  @ParameterizedTest
  @MethodSource("fixtures")
  void aFixtureHoldsWhatItsDescriptionSays(Path path, @TempDir Path folder) throws IOException {
    JsonNode json =
        new ObjectMapper()
            .readTree(Path.of(path.toString().replace(".safetensors", ".json")).toFile());
    assertEquals(
        json.get("sha256").textValue(),
        Hashing.sha256().hashBytes(Files.readAllBytes(path)).toString(),
        "the file is the one described");
    JsonNode tensors = json.get("tensors");
    Map<String, INDArray> read;
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(json.get("fixture").textValue(), file.metadata().get("fixture"));
      assertEquals(tensors.size(), file.tensors().size());
      for (TensorInfo info : file.tensors()) {
        JsonNode described = tensors.get(info.name());
        assertEquals(described.get("dtype").textValue(), info.type().name());
        assertEquals(
            Shape.of(
                StreamSupport.stream(described.get("shape").spliterator(), false)
                    .mapToLong(JsonNode::longValue)
                    .toArray()),
            info.shape());
      }
      read = file.readAll();
      Path copy = folder.resolve("copy.safetensors");
      Safetensors.write(copy, read, file.metadata());
      assertEquals(read, Safetensors.read(copy));
    }
  }

  /** Numbers that stand in a fixture's own description, to see that values are not shuffled. */
  @Test
  void valuesAreThoseWritten() {
    try (SafetensorsFile file =
        SafetensorsFile.open(FIXTURES.resolve("adamw_cosine.safetensors"))) {
      INDArray rates = file.read("ideal/lr", DataType.FLOAT, Shape.of(30));
      assertEquals(5e-5f, rates.getFloat(0), "step 0 is the warm-up rate");
      assertEquals(0.05f, rates.getFloat(6), "step 6 is the base rate");
    }
  }

  /**
   * The bytes that the reference implementation documents for two small tensors and one string:
   * larger types first, then names; header padded with spaces to a multiple of 8.
   */
  @Test
  void theLayoutIsTheReferenceImplementations(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("layout.safetensors");
    Safetensors.write(
        path,
        Map.of(
            "b", Nd4j.createFromArray(1f, 2f),
            "a", Nd4j.createFromArray((short) 3),
            "c", Nd4j.createFromArray(-1f)),
        Map.of("format", "pt"));
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"c\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
            + "\"a\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[12,14]}}";
    byte[] bytes = Files.readAllBytes(path);
    int padded = (header.length() + 7) / 8 * 8;
    assertEquals(8 + padded + 14, bytes.length);
    assertEquals(padded, bytes[0] & 0xff);
    String written = new String(bytes, 8, padded, StandardCharsets.UTF_8);
    assertEquals(header, written.stripTrailing());
    assertTrue(written.endsWith(" ".repeat(padded - header.length())));
    assertArrayEquals(
        new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, (byte) 0x80, (byte) 0xbf, 3, 0},
        Arrays.copyOfRange(bytes, 8 + padded, bytes.length));
  }
}
