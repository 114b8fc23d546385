package io.peft4j.ditask;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where factors are kept between runs: the first that is set of the system property {@value
 * #PROPERTY} and the environment variable {@value #VARIABLE}, a folder or {@code off}; otherwise
 * {@code peft4j/factors} in {@code XDG_CACHE_HOME} or {@code ~/.cache}.
 */
final class CacheFolder {
  static final String PROPERTY = "peft.cache";
  static final String VARIABLE = "PEFT_CACHE";
  private static final String OFF = "off";
  private static final Logger LOG = LoggerFactory.getLogger(CacheFolder.class);

  private CacheFolder() {}

  /** Of this process; empty where factors are not kept. */
  static Optional<Path> ofProcess() {
    return of(System.getProperties(), System.getenv());
  }

  static Optional<Path> of(Properties properties, Map<String, String> environment) {
    Optional<String> chosen =
        Stream.of(
                Optional.ofNullable(properties.getProperty(PROPERTY)),
                Optional.ofNullable(environment.get(VARIABLE)))
            .flatMap(Optional::stream)
            .filter(v -> !v.isBlank())
            .findFirst();
    try {
      return chosen.isPresent()
          ? chosen.filter(v -> !v.equalsIgnoreCase(OFF)).map(Path::of)
          : byDefault(properties, environment);
    } catch (InvalidPathException e) {
      LOG.warn("factors are not kept: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<Path> byDefault(Properties properties, Map<String, String> environment) {
    // as the specification of XDG says, a path that is not absolute counts as not set
    Optional<Path> xdg =
        Optional.ofNullable(environment.get("XDG_CACHE_HOME"))
            .filter(v -> !v.isBlank())
            .map(Path::of)
            .filter(Path::isAbsolute);
    return xdg.or(
            () ->
                Optional.ofNullable(properties.getProperty("user.home"))
                    .map(h -> Path.of(h, ".cache")))
        .map(cache -> cache.resolve("peft4j").resolve("factors"));
  }
}
