package io.peft4j.graph.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.graph.registry.fixture.Providers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is recorded of a plugin, and what is said where it is missing or another one. */
class PluginMarkTest {
  private static final PluginMark SSF =
      new PluginMark(
          "ssf", "1.0.0", "com.example.SsfMethod", "com.example:peft-ssf:1.0.0", "peft-ssf.jar");

  @TempDir private Path temp;

  private Path jar(String name, Map<String, String> files) throws IOException {
    Path jar = temp.resolve(name);
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream zip = new JarOutputStream(out)) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    return jar;
  }

  private static String pom(String artifact) {
    return "META-INF/maven/com.example/" + artifact + "/pom.properties";
  }

  @Test
  void aJarSaysItsCoordinatesIfItIsOneArtifact() throws IOException {
    String properties = "groupId=com.example\nartifactId=a\nversion=2.1\n";
    assertEquals(
        new JarIdentity("one.jar", "com.example:a:2.1"),
        JarIdentity.of(jar("one.jar", Map.of(pom("a"), properties)).toString()));
    assertEquals(
        new JarIdentity("shaded.jar", ""),
        JarIdentity.of(
            jar("shaded.jar", Map.of(pom("a"), properties, pom("b"), properties)).toString()));
    assertEquals(
        new JarIdentity("half.jar", ""),
        JarIdentity.of(jar("half.jar", Map.of(pom("a"), "groupId=com.example")).toString()));
    assertEquals(
        new JarIdentity("none.jar", ""),
        JarIdentity.of(jar("none.jar", Map.of("x", "y")).toString()));
    assertEquals(new JarIdentity("", ""), JarIdentity.of(temp.toString()));
    assertEquals(new JarIdentity("", ""), JarIdentity.of("unknown location"));
  }

  @Test
  void aMethodOfAJarIsMarkedByItsFileName() throws IOException {
    MethodDescriptor good =
        new FixtureJars(temp).jar("plugin.jar", Providers.Good.class).discover().get("good");
    PluginMark mark = PluginMark.of(good);
    assertEquals("good", mark.method());
    assertEquals("plugin.jar", mark.jar());
    assertEquals(Providers.Good.class.getName(), mark.provider());
    assertTrue(mark.isOurs(), "its package is this library's");
    assertFalse(SSF.isOurs());
  }

  @Test
  void aMissingPluginIsNamedWithVersionJarAndRemedy() throws IOException {
    MethodRegistry registry =
        new FixtureJars(temp).jar("plugin.jar", Providers.Good.class).discover();
    assertEquals(
        "method 'ssf' is not on the class path: it was made with version 1.0.0 of the plugin"
            + " com.example.SsfMethod (com.example:peft-ssf:1.0.0, peft-ssf.jar); name peft-ssf.jar"
            + " in PEFT_PLUGINS, in a program add the dependency com.example:peft-ssf:1.0.0",
        refusal(registry, "ssf", Optional.of(SSF)));
    String unrecorded = refusal(registry, "goof", Optional.empty());
    assertTrue(unrecorded.contains("not recorded which plugin"), unrecorded);
    assertTrue(unrecorded.contains("PEFT_PLUGINS"), unrecorded);
    assertFalse(unrecorded.contains("did you mean"), unrecorded);
    assertEquals("good", registry.get("Good", Optional.of(SSF)).id());
  }

  private static String refusal(MethodRegistry registry, String id, Optional<PluginMark> mark) {
    return assertThrows(InputException.class, () -> registry.get(id, mark)).getMessage();
  }

  @Test
  void anotherVersionOrProviderIsSaidAndWhatIsNotKnownIsNot() {
    assertEquals(Optional.empty(), SSF.difference(SSF));
    assertEquals(Optional.empty(), SSF.difference(version("")));
    assertTrue(SSF.difference(version("1.1.0")).orElseThrow().endsWith("here is version 1.1.0"));
    PluginMark other = new PluginMark("ssf", "1.0.0", "org.else.Ssf", "", "");
    assertTrue(SSF.difference(other).orElseThrow().contains("org.else.Ssf"));
  }

  private static PluginMark version(String version) {
    return new PluginMark("ssf", version, SSF.provider(), SSF.artifact(), SSF.jar());
  }
}
