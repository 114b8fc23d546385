package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.harness.data.read.PictureFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which pictures: one, or several at once. */
final class ImageOptions {
  @Option(
      names = "--image",
      required = true,
      paramLabel = "FILE",
      description = "JPEG, PNG, WebP, TIFF, BMP or GIF; it is resized to what the backbone takes")
  private @Nullable Path image;

  @Option(
      names = "--images",
      required = true,
      arity = "1..*",
      paramLabel = "PATH",
      description = {
        "pictures, folders of them, or patterns such as 'photos/*.jpg' (** also enters folders);",
        "hidden files are left out"
      })
  private List<String> images = List.of();

  /** True if one picture was asked for by {@code --image}. */
  boolean isSingle() {
    return image != null;
  }

  /**
   * The pictures, by their headers.
   *
   * @throws InputException if one cannot be read, after each such one is told
   */
  List<PictureFile> open(OutputOptions output) {
    List<PictureFile> files = new ArrayList<>();
    List<InputException> problems = new ArrayList<>();
    List<Path> paths = image == null ? PictureSearch.of(images, output::note) : List.of(image);
    for (Path path : paths) {
      try {
        PictureFile file = PictureFile.open(path);
        file.notes().forEach(output::note);
        files.add(file);
      } catch (InputException e) {
        problems.add(e);
      }
    }
    if (problems.size() == 1) {
      throw problems.get(0);
    }
    if (!problems.isEmpty()) {
      problems.forEach(p -> output.problem(p.getMessage()));
      throw new InputException(
          "%d of %d pictures cannot be read; nothing is written"
              .formatted(problems.size(), paths.size()));
    }
    return files;
  }
}
