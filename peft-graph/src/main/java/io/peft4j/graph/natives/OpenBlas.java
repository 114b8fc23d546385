package io.peft4j.graph.natives;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the OpenBLAS that this process has loaded. */
public final class OpenBlas {
  private static final Logger log = LoggerFactory.getLogger(OpenBlas.class);
  private static final String CORE_NAME = "openblas_get_corename";

  private OpenBlas() {}

  /** The core whose kernels are in force; nothing if none is loaded or it cannot be asked. */
  public static Optional<String> core() {
    return cores().stream().findFirst();
  }

  /** The core of each copy that this process has loaded and that can be asked. */
  static ImmutableList<String> cores() {
    return LoadedLibraries.read().openBlas().stream()
        .map(OpenBlas::core)
        .flatMap(Optional::stream)
        .collect(ImmutableList.toImmutableList());
  }

  private static Optional<String> core(Path file) {
    try {
      return Optional.ofNullable(
          ForeignLibraries.loaded(file).getFunction(CORE_NAME).invokeString(new Object[0], false));
    } catch (RuntimeException | LinkageError e) {
      log.debug("cannot ask {} for its core", file, e);
      return Optional.empty();
    }
  }
}
