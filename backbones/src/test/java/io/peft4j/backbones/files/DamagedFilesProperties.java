package io.peft4j.backbones.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.io.MoreFiles;
import com.sun.management.ThreadMXBean;
import io.peft4j.api.InputException;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.checkpoint.Checkpoint;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.lifecycle.BeforeTry;

/**
 * Law: whatever happens to the bytes of a file, it is read or refused with our exception; it costs
 * no more memory than its size justifies, and nothing is written. With -Dpeft.long=true ten
 * thousand files of each format are tried.
 */
class DamagedFilesProperties {
  private static final int TRIES = 250;
  private static final int FILES = Boolean.getBoolean("peft.long") ? 40 : 2;

  /** What opening costs whatever the file: the archive's index, buffers, messages. */
  private static final long ALLOWANCE = 1 << 20;

  /** Heap a byte of a file: one of JSON or of a pickle becomes an object. */
  private static final long BYTES_PER_BYTE = 100;

  private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static Path folder;

  @BeforeContainer
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("damaged");
    // Class loading and native libraries are not the files' fault.
    for (String name : List.of("torch_cases_zip.pth", "torch_cases.safetensors")) {
      Checkpoint checkpoint = CheckpointFiles.open(Golden.file(name));
      checkpoint.entries().keySet().forEach(checkpoint::read);
    }
  }

  @AfterContainer
  static void removeFolder() throws IOException {
    MoreFiles.deleteRecursively(folder);
  }

  @BeforeTry
  void clean() throws IOException {
    MoreFiles.deleteDirectoryContents(folder);
  }

  @Property(tries = TRIES)
  void safetensors(@ForAll long seed) throws IOException {
    damage(seed, "a.safetensors", List.of("torch_cases.safetensors", "torch_resized.safetensors"));
  }

  @Property(tries = TRIES)
  void zipArchives(@ForAll long seed) throws IOException {
    damage(seed, "a.pth", List.of("torch_cases_zip.pth", "torch_module.pth", "torch_script.pt"));
  }

  @Property(tries = TRIES)
  void streamsOfPickles(@ForAll long seed) throws IOException {
    damage(seed, "a.pth", List.of("torch_cases_stream.pth", "torch_call.pth"));
  }

  @Property(tries = TRIES / 5)
  void tarArchives(@ForAll long seed) throws IOException {
    damage(seed, "a.pth", List.of("torch_swin_tar.pth"));
  }

  @Property(tries = TRIES / 5)
  void indicesOfShards(@ForAll long seed) throws IOException {
    String text =
        "{\"metadata\": {\"total_size\": 16}, \"weight_map\": {\"grid\": \"s1.safetensors\","
            + " \"tail\": \"s1.safetensors\", \"scalar\": \"s2.pth\"}}";
    Files.copy(Golden.file("torch_cases.safetensors"), folder.resolve("s1.safetensors"));
    Files.copy(Golden.file("torch_cases_zip.pth"), folder.resolve("s2.pth"));
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < FILES; i++) {
      byte[] bytes = Damage.of(text.getBytes(StandardCharsets.UTF_8), random);
      tryFile("model.safetensors.index.json", bytes, "seed %d, file %d".formatted(seed, i));
    }
  }

  private static void damage(long seed, String name, List<String> originals) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < FILES; i++) {
      String original = originals.get(random.nextInt(originals.size()));
      byte[] bytes = Damage.of(Files.readAllBytes(Golden.file(original)), random);
      tryFile(name, bytes, "%s, seed %d, file %d".formatted(original, seed, i));
    }
  }

  private static void tryFile(String name, byte[] bytes, String which) throws IOException {
    Path file = Files.write(folder.resolve(name), bytes);
    List<String> before = listing();
    long size = MoreFiles.listFiles(folder).stream().mapToLong(f -> f.toFile().length()).sum();
    long start = THREAD.getCurrentThreadAllocatedBytes();
    long reads = 1;
    try {
      Checkpoint checkpoint = CheckpointFiles.open(file);
      for (var entry : checkpoint.entries().entrySet()) {
        long claimed = entry.getValue().type().bytes(entry.getValue().shape());
        assertTrue(claimed <= size, which + ": " + entry);
        reads++;
        readOne(checkpoint, entry.getKey());
      }
    } catch (InputException e) {
      assertTrue(e.getMessage().contains(name), which + ": " + e.getMessage());
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError(which + ": " + e, e);
    }
    long used = THREAD.getCurrentThreadAllocatedBytes() - start;
    long justified = reads * (ALLOWANCE + BYTES_PER_BYTE * size);
    assertTrue(used <= justified, "%s: %d bytes of heap for %d".formatted(which, used, size));
    assertEquals(before, listing(), which);
  }

  private static void readOne(Checkpoint checkpoint, String name) {
    try {
      checkpoint.read(name).close();
    } catch (InputException e) {
      assertTrue(e.getMessage().contains(folder.toString()), e.getMessage());
    }
  }

  private static List<String> listing() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.map(f -> f + " " + f.toFile().length()).sorted().toList();
    }
  }
}
