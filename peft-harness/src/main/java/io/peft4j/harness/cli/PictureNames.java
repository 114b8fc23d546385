package io.peft4j.harness.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Names of pictures among others: the path below the folder that all have in common, so that equal
 * file names stay apart. The ending stays too: {@code a.jpg} is not {@code a.png}.
 */
final class PictureNames {
  private PictureNames() {}

  /** A relative path for each file, all different where the files are. */
  static List<Path> of(List<Path> files) {
    List<Path> whole = files.stream().map(f -> f.toAbsolutePath().normalize()).toList();
    int shared = whole.stream().mapToInt(f -> f.getNameCount() - 1).min().orElse(0);
    for (Path file : whole) {
      while (shared > 0 && !startOf(file, shared).equals(startOf(whole.get(0), shared))) {
        shared--;
      }
    }
    List<Path> names = new ArrayList<>();
    for (Path file : whole) {
      names.add(file.subpath(shared, file.getNameCount()));
    }
    return names;
  }

  private static Path startOf(Path file, int parts) {
    return file.subpath(0, parts);
  }
}
