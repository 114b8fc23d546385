package io.peft4j.graph.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a jar says it is.
 *
 * @param name its file name; empty if it is no jar
 * @param artifact Maven coordinates; empty if it says none, or several, as a shaded jar does
 */
record JarIdentity(String name, String artifact) {
  private static final Logger LOG = LoggerFactory.getLogger(JarIdentity.class);
  private static final JarIdentity NONE = new JarIdentity("", "");
  private static final Pattern POM = Pattern.compile("META-INF/maven/[^/]+/[^/]+/pom\\.properties");

  /** The identity of what stands at a location, as {@link ServiceFiles#location} tells it. */
  static JarIdentity of(String location) {
    Path path;
    try {
      path = Path.of(location);
    } catch (InvalidPathException e) {
      return NONE;
    }
    if (!Files.isRegularFile(path)) {
      return NONE;
    }
    try (JarFile jar = new JarFile(path.toFile())) {
      List<JarEntry> poms =
          jar.stream().filter(e -> POM.matcher(e.getName()).matches()).limit(2).toList();
      return new JarIdentity(
          path.getFileName().toString(), poms.size() == 1 ? artifact(jar, poms.get(0)) : "");
    } catch (IOException e) {
      // Its classes were loaded, so it was a jar; it only does not say what it is.
      LOG.debug("cannot read {}", path, e);
      return new JarIdentity(path.getFileName().toString(), "");
    }
  }

  private static String artifact(JarFile jar, JarEntry pom) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = jar.getInputStream(pom)) {
      properties.load(in);
    }
    List<String> parts =
        List.of("groupId", "artifactId", "version").stream()
            .map(key -> properties.getProperty(key, ""))
            .toList();
    return parts.contains("") ? "" : String.join(":", parts);
  }
}
