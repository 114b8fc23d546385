package io.peft4j.backbones.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Files are told apart by their bytes, folders by what Hugging Face's libraries save. */
class CheckpointFilesTest {
  private static final INDArray A = Nd4j.createFromArray(1f, 2f);
  private static final INDArray B = Nd4j.createFromArray(3L);

  @TempDir Path folder;

  private Path write(String name, Map<String, INDArray> tensors) {
    Path file = folder.resolve(name);
    Safetensors.write(file, tensors, Map.of());
    return file;
  }

  private Path text(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static void refused(Path path, String... parts) {
    InputException e = assertThrows(InputException.class, () -> CheckpointFiles.open(path));
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), part + " in: " + e.getMessage());
    }
  }

  /** A safetensors file's first bytes are a length and may look like a pickle's or a zip's. */
  @ParameterizedTest
  @CsvSource({"640", "19280"})
  void theFirstBytesOfSafetensorsMayLookLikeAnotherFormat(int header) {
    String padding = "x".repeat(header - 86);
    Path file = folder.resolve("a.pth");
    Safetensors.write(file, Map.of("a", A), Map.of("k", padding));
    Checkpoint checkpoint = CheckpointFiles.open(file);
    assertEquals(A, checkpoint.read("a"));
    assertEquals(List.of(file), checkpoint.files());
    assertEquals(DataType.FLOAT, checkpoint.entries().get("a").type().dataType());
  }

  @Test
  void aFolderIsItsModel() throws IOException {
    text("config.json", "{}");
    Path torch = folder.resolve("pytorch_model.bin");
    Files.copy(Golden.file("torch_cases_zip.pth"), torch);
    assertEquals(List.of(torch), CheckpointFiles.open(folder).files());
    // The safer format is preferred where there are both.
    Path safe = write("model.safetensors", Map.of("a", A));
    assertEquals(List.of(safe), CheckpointFiles.open(folder).files());
  }

  @Test
  void aFolderWithOneFileOfWeightsIsThatFile() throws IOException {
    refused(folder, "holds no weights");
    Path one = write("swin.safetensors", Map.of("a", A));
    assertEquals(List.of(one), CheckpointFiles.open(folder).files());
    write("pvt.safetensors", Map.of("a", A));
    refused(folder, "several files of weights (pvt.safetensors, swin.safetensors)", "name a file");
    refused(folder.resolve("none"), "there is no such file");
  }

  @Test
  void shardsAreReadThroughTheirIndex() throws IOException {
    Path one = write("model-00001-of-00002.safetensors", Map.of("a", A));
    Path two = write("model-00002-of-00002.safetensors", Map.of("b", B, "spare", A));
    Path index =
        text(
            "model.safetensors.index.json",
            "{\"metadata\":{\"total_size\":16},\"weight_map\":{\"a\":\"%s\",\"b\":\"%s\"}}"
                .formatted(one.getFileName(), two.getFileName()));
    for (Path path : List.of(folder, index)) {
      Checkpoint checkpoint = CheckpointFiles.open(path);
      assertEquals(List.of("a", "b"), List.copyOf(checkpoint.entries().keySet()));
      assertEquals(A, checkpoint.read("a"));
      assertEquals(B, checkpoint.read("b"));
      assertEquals(List.of(index, one, two), checkpoint.files());
    }
    Files.delete(two);
    refused(folder, index + ": its shard model-00002-of-00002.safetensors is missing");
    write("model-00002-of-00002.safetensors", Map.of("spare", A));
    refused(folder, "tensor 'b' is not in model-00002-of-00002.safetensors");
  }

  /** The index of a stranger must not make us read what it likes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"weight_map\":{\"a\":\"../a.safetensors\"}} | names '../a.safetensors'",
        "{\"weight_map\":{\"a\":\"/etc/passwd\"}}      | names '/etc/passwd'",
        "{\"weight_map\":{\"a\":\"..\"}}               | names '..'",
        "{\"weight_map\":{\"a\":\"x.index.json\"}}     | names 'x.index.json'",
        "{\"weight_map\":{\"a\":7}}                    | is not the name of a file",
        "{\"weight_map\":{}}                           | has no weight_map",
        "[]                                            | has no weight_map",
        "{                                             | the index is not valid JSON",
      })
  void anIndexThatIsWrongIsRefused(String content, String part) throws IOException {
    refused(text("model.safetensors.index.json", content), "model.safetensors.index.json: ", part);
  }

  @Test
  void aFileThatChangedSinceItWasOpenedIsRefused() {
    Path file = write("a.safetensors", Map.of("a", A));
    Checkpoint checkpoint = CheckpointFiles.open(file);
    write("a.safetensors", Map.of("a", B));
    InputException e = assertThrows(InputException.class, () -> checkpoint.read("a"));
    assertTrue(e.getMessage().contains("I64"), e.getMessage());
  }
}
