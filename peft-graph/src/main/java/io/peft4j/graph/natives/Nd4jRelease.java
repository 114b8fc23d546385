package io.peft4j.graph.natives;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The ND4J on the class path, read without loading its natives. */
public final class Nd4jRelease {
  /** From its pom's properties, since its manifest does not say, nor an uber-jar's. */
  private static final String POM = "/META-INF/maven/org.nd4j/nd4j-api/pom.properties";

  private static final String UNKNOWN = "unknown";

  private Nd4jRelease() {}

  /** Its version, or {@code unknown}. */
  public static String version() {
    try (InputStream in = Nd4jRelease.class.getResourceAsStream(POM)) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", UNKNOWN);
    } catch (IOException e) {
      return UNKNOWN;
    }
  }
}
