package io.peft4j.backbones.files;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.backbones.checkpoint.Checkpoint;
import io.peft4j.backbones.torch.TorchFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Opens weights in any format that is read here. */
public final class CheckpointFiles {
  /** What is looked for in a folder, in this order: what Hugging Face's libraries save. */
  private static final ImmutableList<String> IN_FOLDER =
      ImmutableList.of(
          "model.safetensors",
          "model" + ".safetensors" + ShardedCheckpoint.SUFFIX,
          "pytorch_model.bin",
          "pytorch_model.bin" + ShardedCheckpoint.SUFFIX);

  private static final ImmutableList<String> SUFFIXES =
      ImmutableList.of(".safetensors", ".pth", ".pt", ".bin");

  private static final int START = 512;

  private CheckpointFiles() {}

  /**
   * Opens a file, or the weights in a folder.
   *
   * @param path a safetensors file, a file of {@code torch.save}, the index ({@code .index.json})
   *     of several, or a folder with {@code model.safetensors}, {@code pytorch_model.bin}, the
   *     index of either, or a single file of weights; what a file is, its bytes say. A {@code
   *     config.json} beside the file that describes a model is read too
   * @throws InputException if there is nothing, or it is damaged
   */
  public static Checkpoint open(Path path) {
    if (Files.isDirectory(path)) {
      return open(inFolder(path));
    }
    if (!Files.isRegularFile(path)) {
      throw new InputException(path + ": there is no such file or folder of weights");
    }
    return ConfiguredCheckpoint.beside(path, weightsOf(path));
  }

  private static Checkpoint weightsOf(Path file) {
    return file.getFileName().toString().endsWith(ShardedCheckpoint.SUFFIX)
        ? ShardedCheckpoint.open(file)
        : single(file);
  }

  /** One file of tensors. */
  static Checkpoint single(Path file) {
    byte[] start = start(file);
    return TorchFile.isOne(start) ? TorchFile.open(file, start) : SafetensorsCheckpoint.open(file);
  }

  private static Path inFolder(Path folder) {
    for (String name : IN_FOLDER) {
      if (Files.isRegularFile(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    List<Path> found = weights(folder);
    if (found.size() != 1) {
      String what =
          found.isEmpty()
              ? "no weights"
              : "several files of weights ("
                  + String.join(", ", found.stream().map(f -> f.getFileName().toString()).toList())
                  + ")";
      throw new InputException(
          "%s: holds %s; name a file, or a folder with one of %s"
              .formatted(folder, what, String.join(", ", IN_FOLDER)));
    }
    return found.get(0);
  }

  private static List<Path> weights(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(CheckpointFiles::isNamedSo)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder + ": " + e, e);
    }
  }

  private static boolean isNamedSo(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return SUFFIXES.stream().anyMatch(name::endsWith);
  }

  private static byte[] start(Path file) {
    try (InputStream stream = Files.newInputStream(file)) {
      return stream.readNBytes(START);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }
}
