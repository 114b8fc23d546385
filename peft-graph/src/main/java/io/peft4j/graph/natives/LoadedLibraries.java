package io.peft4j.graph.natives;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Shared libraries mapped into this process (Linux). It tells whether ND4J's natives are loaded
 * without touching a class of ND4J, which would load them.
 */
record LoadedLibraries(Set<String> files) {
  private static final Path MAPS = Path.of("/proc/self/maps");
  private static final Pattern OPENBLAS = Pattern.compile("libopenblas(_nolapack)?\\.so.*");
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

  /** The copies of OpenBLAS, which ND4J loads two of; the one with the whole interface is first. */
  ImmutableList<Path> openBlas() {
    return files.stream()
        .map(Path::of)
        .filter(p -> OPENBLAS.matcher(p.getFileName().toString()).matches())
        .sorted(Comparator.comparing(p -> p.getFileName().toString()))
        .collect(ImmutableList.toImmutableList());
  }
}
