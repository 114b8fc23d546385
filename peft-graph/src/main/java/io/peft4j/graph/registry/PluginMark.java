package io.peft4j.graph.registry;

import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which plugin a method came from, as runs and adapters record it, so that where it is missing they
 * can say what to look for.
 *
 * <p>Safe for use by several threads.
 *
 * @param method id of the method
 * @param version version of the plugin; empty if it does not say
 * @param provider name of the provider's class
 * @param artifact its Maven coordinates {@code group:artifact:version}; empty if the jar does not
 *     say, or holds several
 * @param jar file name of its jar; empty if it is no jar
 */
public record PluginMark(
    String method, String version, String provider, String artifact, String jar) {
  private static final String OURS = "io.peft4j.";

  /** The mark of a discovered method. */
  public static PluginMark of(MethodDescriptor method) {
    String version = method.version().equals(MethodDescriptor.UNVERSIONED) ? "" : method.version();
    JarIdentity jar = JarIdentity.of(method.location());
    return new PluginMark(
        method.id(), version, method.method().getClass().getName(), jar.artifact(), jar.name());
  }

  /** Whether it is a method of this library, which no plugin's jar has to bring. */
  public boolean isOurs() {
    return provider.startsWith(OURS);
  }

  /** What is loaded now in place of what was recorded; empty if that is the same, or not known. */
  public Optional<String> difference(PluginMark now) {
    if (!provider.equals(now.provider)) {
      return Optional.of(
          "it was made with %s, here the method is %s".formatted(text(), now.text()));
    }
    boolean known = !version.isEmpty() && !now.version.isEmpty();
    return known && !version.equals(now.version)
        ? Optional.of("it was made with %s, here is version %s".formatted(text(), now.version))
        : Optional.empty();
  }

  /** How to get it. */
  String remedy() {
    if (isOurs()) {
      String module = artifact.isEmpty() ? "the module that holds it" : artifact;
      return "add the dependency " + module;
    }
    String file = jar.isEmpty() ? "its jar" : jar;
    return artifact.isEmpty()
        ? "name %s in PEFT_PLUGINS, in a program put it on the class path".formatted(file)
        : "name %s in PEFT_PLUGINS, in a program add the dependency %s".formatted(file, artifact);
  }

  /** In words, such as {@code version 1.0.0 of the plugin com.example.ssf.SsfMethod (ssf.jar)}. */
  public String text() {
    String where =
        Stream.of(artifact, jar).filter(s -> !s.isEmpty()).collect(Collectors.joining(", "));
    return "%sthe plugin %s%s"
        .formatted(
            version.isEmpty() ? "" : "version " + version + " of ",
            provider,
            where.isEmpty() ? "" : " (" + where + ")");
  }
}
