package io.peft4j.testkit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;

/** Checks as JUnit sees them. */
final class Containers {
  private Containers() {}

  /** One container per subject, one test per law. */
  static Stream<DynamicContainer> of(List<Check> checks) {
    Map<String, List<Check>> groups =
        checks.stream()
            .collect(Collectors.groupingBy(Check::group, LinkedHashMap::new, Collectors.toList()));
    return groups.entrySet().stream()
        .map(
            g ->
                DynamicContainer.dynamicContainer(
                    g.getKey(),
                    g.getValue().stream().map(c -> DynamicTest.dynamicTest(c.name(), c.body()))));
  }
}
