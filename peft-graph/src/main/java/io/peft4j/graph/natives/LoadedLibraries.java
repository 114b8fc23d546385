package io.peft4j.graph.natives;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Shared libraries mapped into this process (Linux). It tells whether ND4J's natives are loaded
 * without touching a class of ND4J, which would load them.
 */
record LoadedLibraries(Set<String> files) {
  private static final Path MAPS = Path.of("/proc/self/maps");
  private static final String OPENBLAS = "libopenblas.so";
  private static final String LIBRARY_MARK = ".so";

  LoadedLibraries {
    files = ImmutableSet.copyOf(files);
  }

  /** Those of this process now; none where the system does not tell. */
  static LoadedLibraries read() {
    try {
      return parse(Files.readString(MAPS));
    } catch (IOException e) {
      return new LoadedLibraries(Set.of());
    }
  }

  /** Reads the text of {@code /proc/self/maps}: an absolute path, where there is one, is last. */
  static LoadedLibraries parse(String maps) {
    return new LoadedLibraries(
        maps.lines()
            .filter(line -> line.indexOf('/') >= 0)
            .map(line -> line.substring(line.indexOf('/')))
            .filter(path -> path.contains(LIBRARY_MARK))
            .collect(ImmutableSet.toImmutableSet()));
  }

  /** OpenBLAS with its whole interface, as ND4J loads it. */
  Optional<Path> openBlas() {
    return files.stream()
        .map(Path::of)
        .filter(p -> p.getFileName().toString().startsWith(OPENBLAS))
        .findFirst();
  }
}
