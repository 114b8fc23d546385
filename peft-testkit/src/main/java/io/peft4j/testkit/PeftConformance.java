package io.peft4j.testkit;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/**
 * The conformance kit as JUnit 5 tests. A plugin module adds one class:
 *
 * <pre>{@code
 * class LoraConformanceTest extends PeftConformance {
 *   protected ConformanceSpec spec() {
 *     return ConformanceSpec.of("lora")
 *         .with("rank 2", Map.of("rank", "2"))
 *         .refuses("rank", "0");
 *   }
 * }
 * }</pre>
 *
 * <p>A test that is skipped depends on one that fails in the same run; mend that one first.
 */
public abstract class PeftConformance {
  /** What is tested: a method, its configurations, tasks and backbones. */
  protected abstract ConformanceSpec spec();

  /** One container per configuration and backbone, one test per law. */
  @TestFactory
  protected Stream<DynamicContainer> conformance() {
    return Conformance.tests(spec());
  }
}
