package io.peft4j.testkit;

import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import org.jspecify.annotations.Nullable;

/** The method under test as ServiceLoader gives it; looked up once. */
final class Discovered {
  private final ConformanceSpec spec;
  private @Nullable MethodDescriptor descriptor;

  Discovered(ConformanceSpec spec) {
    this.spec = spec;
  }

  ConformanceSpec spec() {
    return spec;
  }

  /**
   * The method.
   *
   * @throws io.peft4j.api.InputException if it is not found
   */
  MethodDescriptor descriptor() {
    if (descriptor == null) {
      descriptor = MethodRegistry.discover().get(spec.method());
    }
    return descriptor;
  }
}
