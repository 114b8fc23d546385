package io.peft4j.graph.registry;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says which jar lists a provider, also where the provider's class cannot be loaded. */
final class ServiceFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceFiles.class);
  private static final String UNKNOWN = "unknown location";

  private ServiceFiles() {}

  /** Provider class names listed for a service, with the jar or folder that lists each. */
  static Map<String, String> providers(Class<?> service, ClassLoader loader) {
    String resource = "META-INF/services/" + service.getName();
    Map<String, String> listed = new LinkedHashMap<>();
    try {
      Enumeration<URL> files = loader.getResources(resource);
      while (files.hasMoreElements()) {
        URL file = files.nextElement();
        read(file, root(file, resource), listed);
      }
    } catch (IOException e) {
      // ServiceLoader reports the same failure; here only locations get lost
      LOG.debug("cannot list {}", resource, e);
    }
    return listed;
  }

  /** The jar or folder that a class was loaded from. */
  static String location(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    return source == null || source.getLocation() == null
        ? UNKNOWN
        : readable(source.getLocation().toString());
  }

  private static void read(URL file, String root, Map<String, String> listed) {
    try {
      URLConnection connection = file.openConnection();
      // a cached connection would keep the jar open
      connection.setUseCaches(false);
      try (BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
        reader
            .lines()
            .map(line -> line.replaceFirst("#.*", "").strip())
            .filter(line -> !line.isEmpty())
            .forEach(line -> listed.putIfAbsent(line, root));
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      LOG.debug("cannot read {}", file, e);
    }
  }

  private static String root(URL file, String resource) throws IOException {
    if ("jar".equals(file.getProtocol())) {
      return readable(((JarURLConnection) file.openConnection()).getJarFileURL().toString());
    }
    String text = file.toString();
    return readable(text.substring(0, text.length() - resource.length()));
  }

  private static String readable(String url) {
    try {
      return url.startsWith("file:") ? Path.of(new URI(url)).toString() : url;
    } catch (URISyntaxException | IllegalArgumentException e) {
      return url;
    }
  }
}
