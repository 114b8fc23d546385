package io.peft4j.testkit;

import io.peft4j.api.InputException;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

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

  /** As {@link #descriptor()}; a law that needs it is skipped if it cannot be had. */
  MethodDescriptor descriptorOrSkip() {
    try {
      return descriptor();
    } catch (InputException e) {
      throw new TestAbortedException("the method is not discovered: " + e.getMessage(), e);
    }
  }
}
