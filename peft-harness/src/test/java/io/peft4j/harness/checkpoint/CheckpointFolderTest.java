package io.peft4j.harness.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.backbones.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Which checkpoints are kept, and that a damaged one is never taken for whole. */
class CheckpointFolderTest {
  private static final OptionalLong NO_BEST = OptionalLong.empty();

  @TempDir private Path path;

  static Checkpoint checkpoint(long step) {
    INDArray values = Nd4j.createFromArray((float) step, -0.0f, Float.MIN_VALUE);
    return new Checkpoint(
        step, "{\"of\": \"\\\"sha256\\\":\"}", Map.of("a/b", values, "steps", Nd4j.scalar(step)));
  }

  /** Writes without the care of the real one, which has tests of its own. */
  static AtomicWriter writer(Path folder) {
    return (name, content) -> {
      try (FileChannel channel =
          FileChannel.open(
              folder.resolve(name),
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        content.writeTo(channel);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private CheckpointFolder folder() {
    return new CheckpointFolder(path, writer(path));
  }

  private Path file(long step) {
    return path.resolve("step-%012d.safetensors".formatted(step));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatIsWrittenIsReadToTheBitByAnyReaderOfSafetensors() {
    assertTrue(folder().isEmpty());
    assertEquals(NO_BEST, folder().newestStep());
    folder().write(checkpoint(7), NO_BEST);
    CheckpointFolder.Found found = folder().newest().orElseThrow();
    assertEquals(List.of(), found.problems());
    assertEquals(7, found.checkpoint().step());
    assertEquals(checkpoint(7).document(), found.checkpoint().document());
    assertEquals(checkpoint(7).arrays(), found.checkpoint().arrays());
    int sign = Float.floatToRawIntBits(found.checkpoint().arrays().get("a/b").getFloat(1));
    assertEquals(Float.floatToRawIntBits(-0.0f), sign);
    try (SafetensorsFile file = SafetensorsFile.open(file(7))) {
      assertEquals("7", file.metadata().get("step"));
      assertEquals(2, file.tensors().size());
    }
  }

  @Test
  void theTwoNewestAndTheBestAreKept() throws IOException {
    CheckpointFolder folder = folder();
    Files.writeString(path.resolve("notes.txt"), "not ours");
    for (long step = 10; step <= 60; step += 10) {
      folder.write(checkpoint(step), step < 20 ? NO_BEST : OptionalLong.of(20));
    }
    assertEquals(
        List.of(
            "notes.txt",
            file(20).getFileName().toString(),
            file(50).getFileName().toString(),
            file(60).getFileName().toString()),
        files());
    folder.write(checkpoint(70), OptionalLong.of(70));
    assertEquals(3, files().size(), "what was the best is deleted when it no longer is");
    assertEquals(OptionalLong.of(70), folder.newestStep());
    folder.delete();
    assertEquals(List.of("notes.txt"), files(), "what is not ours stays");
    Files.delete(path.resolve("notes.txt"));
    folder.delete();
    assertFalse(Files.exists(path));
    folder.delete();
  }

  /** Every byte counts: wherever one is missing or another one, the file is refused by name. */
  @Test
  void aDamagedOneIsNamedAndTheOneBeforeItUsed() throws IOException {
    folder().write(checkpoint(1), NO_BEST);
    folder().write(checkpoint(2), NO_BEST);
    byte[] whole = Files.readAllBytes(file(2));
    for (int i = 0; i < whole.length; i++) {
      byte[] altered = whole.clone();
      altered[i] ^= 0x20;
      assertFirstIsUsed(altered, "byte " + i + " altered");
      assertFirstIsUsed(java.util.Arrays.copyOf(whole, i), "cut at " + i);
    }
    Files.delete(file(2));
    Files.createSymbolicLink(file(2), path.resolve("nowhere"));
    assertEquals(1, folder().newest().orElseThrow().checkpoint().step());
    Files.delete(file(2));
    Files.copy(file(1), file(2));
    String problem = folder().newest().orElseThrow().problems().get(0);
    assertTrue(problem.contains("has it been renamed?"), problem);
  }

  private void assertFirstIsUsed(byte[] bytes, String how) throws IOException {
    Files.write(file(2), bytes);
    CheckpointFolder.Found found = folder().newest().orElseThrow();
    assertEquals(1, found.checkpoint().step(), how);
    assertEquals(1, found.problems().size());
    assertTrue(found.problems().get(0).startsWith(file(2) + ": "), found.problems().get(0));
  }

  @Test
  void aDamagedOneNeverCountsAsOneOfTheNewest() throws IOException {
    for (long step = 1; step <= 2; step++) {
      folder().write(checkpoint(step), NO_BEST);
    }
    Files.write(file(9), new byte[100]);
    CheckpointFolder folder = folder();
    assertEquals(2, folder.newest().orElseThrow().checkpoint().step());
    assertTrue(Files.exists(file(9)), "nothing is lost before there is something better");
    folder.write(checkpoint(3), NO_BEST);
    assertEquals(
        List.of(file(2).getFileName().toString(), file(3).getFileName().toString()), files());
  }

  @Test
  void ifNoneIsWholeAllAreNamed() throws IOException {
    Files.write(file(1), new byte[0]);
    Files.writeString(file(2), "{}");
    String message = assertThrows(InputException.class, () -> folder().newest()).getMessage();
    assertTrue(message.contains(file(1) + ": "), message);
    assertTrue(message.contains(file(2) + ": "), message);
    assertTrue(message.contains("add --restart to begin anew"), message);
  }

  @Test
  void aFailedWriteLeavesTheOthers() throws IOException {
    folder().write(checkpoint(1), NO_BEST);
    folder().write(checkpoint(2), NO_BEST);
    CheckpointFolder full =
        new CheckpointFolder(
            path,
            (name, content) -> {
              throw new UncheckedIOException(new IOException("No space left on device"));
            });
    assertThrows(UncheckedIOException.class, () -> full.write(checkpoint(3), NO_BEST));
    assertEquals(2, files().size());
    assertEquals(2, full.newest().orElseThrow().checkpoint().step());
  }
}
