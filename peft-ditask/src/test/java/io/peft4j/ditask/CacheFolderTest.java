package io.peft4j.ditask;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** Where factors are kept: what the user says, or the system's folder for such things. */
class CacheFolderTest {
  private static final Path HOME = Path.of("home").toAbsolutePath();
  private static final Path CACHE = Path.of("cache").toAbsolutePath();

  @Test
  void theFirstThatIsSetCounts() {
    Map<String, String> all = Map.of("PEFT_CACHE", "chosen", "XDG_CACHE_HOME", CACHE.toString());
    assertEquals(Optional.of(Path.of("told")), of("told", all));
    assertEquals(Optional.of(Path.of("chosen")), of("", all));
    assertEquals(
        Optional.of(CACHE.resolve("peft4j").resolve("factors")),
        of("", Map.of("XDG_CACHE_HOME", CACHE.toString(), "PEFT_CACHE", " ")));
    assertEquals(
        Optional.of(HOME.resolve(".cache").resolve("peft4j").resolve("factors")),
        of("", Map.of("XDG_CACHE_HOME", "not/absolute")));
  }

  @Test
  void offIsNoFolder() {
    assertEquals(Optional.empty(), of("off", Map.of("PEFT_CACHE", "chosen")));
    assertEquals(Optional.empty(), of("", Map.of("PEFT_CACHE", "OFF")));
    assertEquals(Optional.of(Path.of("told")), of("told", Map.of("PEFT_CACHE", "off")));
  }

  @Test
  void whatIsNoPathIsNoFolder() {
    assertEquals(Optional.empty(), of("no\0path", Map.of()));
    assertEquals(Optional.empty(), CacheFolder.of(new Properties(), Map.of()));
  }

  /** Of the build, so that no test reads or writes the user's own. */
  @Test
  void testsKeepNothing() {
    assertEquals(Optional.empty(), CacheFolder.ofProcess());
  }

  private static Optional<Path> of(String property, Map<String, String> environment) {
    Properties properties = new Properties();
    properties.setProperty("user.home", HOME.toString());
    if (!property.isEmpty()) {
      properties.setProperty(CacheFolder.PROPERTY, property);
    }
    return CacheFolder.of(properties, environment);
  }
}
