package io.peft4j.graph.registry;

import com.google.common.io.Resources;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.graph.registry.fixture.Providers;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

/** Jars with hand-made service files, and a class loader that finds providers only in them. */
final class FixtureJars {
  private static final String FIXTURES = Providers.class.getName();

  private final Path folder;
  private final List<URL> jars = new ArrayList<>();

  FixtureJars(Path folder) {
    this.folder = folder;
  }

  /** Adds a jar that holds every fixture except {@link Providers.Parent} and lists these. */
  FixtureJars jar(String name, Class<?>... providers) throws IOException {
    return jar(name, String.join("\n", Arrays.stream(providers).map(Class::getName).toList()));
  }

  /** As {@link #jar(String, Class[])}, with the service file's own text. */
  FixtureJars jar(String name, String serviceFile) throws IOException {
    return jar(name, serviceFile, List.of(Providers.class.getDeclaredClasses()));
  }

  private FixtureJars jar(String name, String serviceFile, List<Class<?>> classes)
      throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out)) {
      jar.putNextEntry(new ZipEntry("META-INF/services/" + PeftMethod.class.getName()));
      jar.write(serviceFile.getBytes(StandardCharsets.UTF_8));
      Set<Class<?>> all = new LinkedHashSet<>(classes);
      all.addAll(List.of(Providers.class, Providers.Fixed.class, Providers.GoodConfig.class));
      all.remove(Providers.Parent.class);
      for (Class<?> type : all) {
        add(jar, type);
      }
    }
    jars.add(file.toUri().toURL());
    return this;
  }

  /** Adds a jar that holds no fixture but this provider (the shared ones are in every jar). */
  FixtureJars only(String name, Class<?> provider) throws IOException {
    return jar(name, provider.getName(), List.of(provider));
  }

  /** Adds a folder that lists these and holds no classes. */
  FixtureJars folder(String name, String serviceFile) throws IOException {
    Path file = folder.resolve(name).resolve("META-INF/services/" + PeftMethod.class.getName());
    Files.createDirectories(file.getParent());
    Files.writeString(file, serviceFile);
    jars.add(folder.resolve(name).toUri().toURL());
    return this;
  }

  MethodRegistry discover() throws IOException {
    ClassLoader withoutFixtures =
        new ClassLoader(FixtureJars.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith(FIXTURES)) {
              throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
          }
        };
    // left open: descriptors hold providers of this loader, and the temporary folder outlives it
    URLClassLoader loader = new URLClassLoader(jars.toArray(URL[]::new), withoutFixtures);
    return MethodRegistry.discover(loader);
  }

  private static void add(JarOutputStream jar, Class<?> type) throws IOException {
    String path = type.getName().replace('.', '/') + ".class";
    jar.putNextEntry(new ZipEntry(path));
    URL bytes = Objects.requireNonNull(type.getClassLoader().getResource(path));
    Resources.copy(bytes, jar);
  }
}
