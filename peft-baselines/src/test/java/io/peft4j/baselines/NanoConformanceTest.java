package io.peft4j.baselines;

import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.Conformance;
import io.peft4j.testkit.ConformanceSpec;
import io.peft4j.testkit.NanoBackbones;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The conformance kit on every baseline by its defaults, those to come included, on the backbones
 * that ship. What is not {@link #QUICK} takes minutes together, so it is run with -Dpeft.long=true.
 */
class NanoConformanceTest {
  private static final Set<String> QUICK = Set.of("adapter", "bitfit", "ia3", "norm", "prefix");

  /**
   * Where defaults do not fit: PVT's third stage is three times as wide as the first, and layers
   * that lose all triplets within five steps rest at their start.
   */
  private static final Map<String, Map<String, String>> OPTIONS =
      Map.of(
          "adalora", Map.of("targetRank", "12"), "polyhistor-lite", Map.of("scales", "1,2,3,4,8"));

  @TestFactory
  Stream<DynamicContainer> quick() {
    return baselines().filter(QUICK::contains).flatMap(NanoConformanceTest::tests);
  }

  @TestFactory
  @EnabledIfSystemProperty(named = "peft.long", matches = "true")
  Stream<DynamicContainer> others() {
    return baselines().filter(id -> !QUICK.contains(id)).flatMap(NanoConformanceTest::tests);
  }

  private static Stream<String> baselines() {
    String here = NanoConformanceTest.class.getPackageName();
    return MethodRegistry.discover().methods().stream()
        .filter(m -> m.method().getClass().getPackageName().startsWith(here))
        .map(MethodDescriptor::id);
  }

  private static Stream<DynamicContainer> tests(String method) {
    return Conformance.tests(
        ConformanceSpec.of(method)
            .on(NanoBackbones.swin())
            .on(NanoBackbones.pvt())
            .with(OPTIONS.getOrDefault(method, Map.of())));
  }
}
