package io.peft4j.harness.run;

import com.google.common.base.MoreObjects;
import com.google.common.base.StandardSystemProperty;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.graph.natives.OpenBlas;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.graph.registry.PluginMark;
import io.peft4j.harness.data.DataSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Where a result comes from.
 *
 * @param version version of the library
 * @param commit commit it was built from, or {@code unknown}
 * @param started when the run began, UTC
 * @param java version of Java
 * @param os name, version and architecture of the system
 * @param cpu model of the processor
 * @param processors processors that Java may use
 * @param backend ND4J backend
 * @param nd4j version of ND4J
 * @param threads threads of the backend's kernels
 * @param core core whose kernels OpenBLAS uses, or {@code unknown}
 * @param backboneHash hash of the frozen backbone's arrays
 * @param plugin the plugin that the method came from; null in records of older versions
 * @param data what supplied the data set, see {@link DataSource#suppliedBy}; null in records of
 *     older versions
 */
public record Provenance(
    String version,
    String commit,
    String started,
    String java,
    String os,
    String cpu,
    int processors,
    String backend,
    String nd4j,
    String threads,
    String core,
    String backboneHash,
    @Nullable PluginMark plugin,
    @Nullable String data) {
  private static final String UNKNOWN = "unknown";
  private static final String COMMIT_VARIABLE = "PEFT_COMMIT";
  private static final String ND4J_POM = "/META-INF/maven/org.nd4j/nd4j-api/pom.properties";

  public Provenance {
    // Older versions did not write it.
    core = orUnknown(core);
  }

  /** This process, now, and what a run takes. */
  static Provenance of(Backbone backbone, String method, DataSource data) {
    return new Provenance(
        orUnknown(Provenance.class.getPackage().getImplementationVersion()),
        orUnknown(System.getenv(COMMIT_VARIABLE)),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        Runtime.version().toString(),
        String.join(
            " ",
            StandardSystemProperty.OS_NAME.value(),
            StandardSystemProperty.OS_VERSION.value(),
            StandardSystemProperty.OS_ARCH.value()),
        processorModel(),
        Runtime.getRuntime().availableProcessors(),
        Nd4j.getBackend().getClass().getSimpleName(),
        nd4jVersion(),
        orUnknown(
            String.valueOf(Nd4j.getExecutioner().getEnvironmentInformation().get("omp.threads"))),
        OpenBlas.core().orElse(UNKNOWN),
        hash(backbone),
        PluginMark.of(MethodRegistry.discover().get(method)),
        data.suppliedBy());
  }

  private static String orUnknown(@Nullable String value) {
    return MoreObjects.firstNonNull(value, UNKNOWN);
  }

  /** From its pom's properties, since its manifest does not say. */
  private static String nd4jVersion() {
    try (InputStream in = Nd4j.class.getResourceAsStream(ND4J_POM)) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", UNKNOWN);
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  /** Linux says it in a file; elsewhere the architecture must do. */
  private static String processorModel() {
    Path file = Path.of("/proc/cpuinfo");
    if (Files.isReadable(file)) {
      try (Stream<String> lines = Files.lines(file)) {
        return lines
            .filter(l -> l.startsWith("model name"))
            .map(l -> l.substring(l.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(UNKNOWN);
      } catch (IOException e) {
        return UNKNOWN;
      }
    }
    return UNKNOWN;
  }

  /**
   * In what another process differs that may change the last digits of a result; empty if in
   * nothing.
   */
  String differences(Provenance other) {
    List<String> differences = new ArrayList<>();
    BiConsumer<String, Function<Provenance, String>> compare =
        (name, field) -> {
          if (!field.apply(this).equals(field.apply(other))) {
            differences.add(
                "%s %s, before %s".formatted(name, field.apply(other), field.apply(this)));
          }
        };
    compare.accept("version", Provenance::version);
    compare.accept("commit", Provenance::commit);
    compare.accept("Java", Provenance::java);
    compare.accept("system", Provenance::os);
    compare.accept("processor", Provenance::cpu);
    compare.accept("backend", Provenance::backend);
    compare.accept("ND4J", Provenance::nd4j);
    compare.accept("threads", Provenance::threads);
    if (!core.equals(UNKNOWN)) {
      compare.accept("OpenBLAS core", Provenance::core);
    }
    if (plugin != null && other.plugin != null) {
      compare.accept("plugin", p -> p.plugin.text());
    }
    return String.join(", ", differences);
  }

  /** A hash of the names and values of all frozen parameters. */
  static String hash(Backbone backbone) {
    Hasher hasher = Hashing.murmur3_128().newHasher();
    for (Param param : backbone.params()) {
      hasher.putString(param.path(), StandardCharsets.UTF_8);
      for (float value : backbone.graph().getArrForVarName(param.path()).data().asFloat()) {
        hasher.putFloat(value);
      }
    }
    return hasher.hash().toString();
  }
}
