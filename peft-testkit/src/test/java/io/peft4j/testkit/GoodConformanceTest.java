package io.peft4j.testkit;

import java.util.Map;

/** The kit as a plugin module runs it, on the backbone that it brings. */
class GoodConformanceTest extends PeftConformance {
  @Override
  protected ConformanceSpec spec() {
    return ConformanceSpec.of("good")
        .withMerging("defaults", Map.of())
        .refuses("strength", "0")
        .refuses("strength", "many");
  }
}
