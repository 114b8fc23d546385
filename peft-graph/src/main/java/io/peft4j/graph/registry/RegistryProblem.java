package io.peft4j.graph.registry;

/**
 * A provider that cannot be used, and why.
 *
 * @param provider name of its class; {@code unknown} if a service file could not be read at all
 * @param location jar or folder
 * @param message one line
 */
public record RegistryProblem(String provider, String location, String message) {
  @Override
  public String toString() {
    return provider + " in " + location + ": " + message;
  }
}
