package io.peft4j.benchmarks.measure;

import com.google.common.base.StandardSystemProperty;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.nd4j.linalg.factory.Nd4j;

/** What a number was measured with on this side. */
public final class Machine {
  private static final String ND4J_POM = "/META-INF/maven/org.nd4j/nd4j-api/pom.properties";
  private static final String UNKNOWN = "unknown";

  private Machine() {}

  /** Versions and settings, by name. */
  public static Map<String, String> describe() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("java", Runtime.version().toString());
    facts.put("jvm", StandardSystemProperty.JAVA_VM_NAME.value());
    facts.put("nd4j", nd4jVersion());
    facts.put("backend", Nd4j.getBackend().getClass().getSimpleName());
    facts.put(
        "backendThreads",
        String.valueOf(Nd4j.getExecutioner().getEnvironmentInformation().get("omp.threads")));
    facts.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
    facts.put("heapMB", String.valueOf(Runtime.getRuntime().maxMemory() >> 20));
    return facts;
  }

  /** From its pom's properties, since its manifest does not say. */
  private static String nd4jVersion() {
    Properties properties = new Properties();
    try (InputStream in = Nd4j.class.getResourceAsStream(ND4J_POM)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      return UNKNOWN;
    }
    return properties.getProperty("version", UNKNOWN);
  }
}
