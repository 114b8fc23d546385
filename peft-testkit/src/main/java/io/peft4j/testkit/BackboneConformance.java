package io.peft4j.testkit;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/** The laws of backbones as JUnit 5 tests, for a module that adds an architecture. */
public abstract class BackboneConformance {
  /** What is tested: small backbones that have every kind of place and site between them. */
  protected abstract List<BackboneUnderTest> backbones();

  /** One container per backbone, one test per law. */
  @TestFactory
  protected Stream<DynamicContainer> conformance() {
    return Containers.of(
        backbones().stream().flatMap(b -> Conformance.checks(b).stream()).toList());
  }
}
