package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.harness.data.read.PictureFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Finds pictures by files, folders and patterns; hidden entries never count. */
final class PictureSearch {
  private static final String WILD = "[^*?\\[{]*[*?\\[{].*";

  private PictureSearch() {}

  /**
   * The files that are named, each once, in the order of the names; those of a folder or pattern in
   * the order of theirs.
   *
   * @param notes is told what a folder holds besides
   * @throws InputException if a name stands for no file
   */
  static List<Path> of(List<String> names, Consumer<String> notes) {
    Map<Path, Path> found = new LinkedHashMap<>();
    for (String name : names) {
      for (Path file : named(name, notes)) {
        found.putIfAbsent(file.toAbsolutePath().normalize(), file);
      }
    }
    return List.copyOf(found.values());
  }

  private static List<Path> named(String name, Consumer<String> notes) {
    try {
      Path path = Path.of(name);
      if (Files.isDirectory(path)) {
        return inFolder(path, notes);
      }
      return name.matches(WILD) && !Files.exists(path) ? matching(name) : List.of(path);
    } catch (InvalidPathException e) {
      throw new InputException("--images '%s': is no path: %s".formatted(name, e.getReason()), e);
    } catch (PatternSyntaxException e) {
      throw new InputException(
          "--images '%s': is no pattern: %s".formatted(name, e.getDescription()), e);
    } catch (IOException | UncheckedIOException e) {
      throw new InputException("--images %s: cannot be listed: %s".formatted(name, e), e);
    }
  }

  private static List<Path> inFolder(Path folder, Consumer<String> notes) throws IOException {
    List<Path> pictures = new ArrayList<>();
    int others = 0;
    for (Path entry : sorted(Files.list(folder))) {
      if (isHidden(entry.getFileName())) {
        continue;
      }
      if (Files.isRegularFile(entry) && PictureFormat.mayBePicture(entry)) {
        pictures.add(entry);
      } else {
        others++;
      }
    }
    if (pictures.isEmpty()) {
      throw new InputException("--images %s: the folder holds no pictures".formatted(folder));
    }
    if (others > 0) {
      notes.accept(
          "%s: %d entries are no pictures by their names and are left out"
              .formatted(folder, others));
    }
    return pictures;
  }

  /** Files whose path matches; what is before the first wildcard is where the search begins. */
  private static List<Path> matching(String pattern) throws IOException {
    List<String> parts = List.of(pattern.split("/", -1));
    int first = 0;
    while (!parts.get(first).matches(WILD)) {
      first++;
    }
    String start = String.join("/", parts.subList(0, first));
    Path base = Path.of(start.isEmpty() ? pattern.startsWith("/") ? "/" : "" : start);
    String rest = String.join("/", parts.subList(first, parts.size()));
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + rest);
    int depth = rest.contains("**") ? Integer.MAX_VALUE : parts.size() - first;
    List<Path> files = new ArrayList<>();
    if (Files.isDirectory(base)) {
      for (Path file : sorted(Files.walk(base, depth))) {
        Path relative = base.relativize(file);
        boolean hidden =
            StreamSupport.stream(relative.spliterator(), false).anyMatch(PictureSearch::isHidden);
        if (!hidden && matcher.matches(relative) && Files.isRegularFile(file)) {
          files.add(file);
        }
      }
    }
    if (files.isEmpty()) {
      throw new InputException("--images '%s': no file matches".formatted(pattern));
    }
    return files;
  }

  private static boolean isHidden(Path name) {
    return name.toString().startsWith(".");
  }

  private static List<Path> sorted(Stream<Path> entries) {
    try (entries) {
      return entries.sorted().toList();
    }
  }
}
