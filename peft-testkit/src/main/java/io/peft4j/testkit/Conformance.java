package io.peft4j.testkit;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;

/** All laws about the subjects of a specification, or about a backbone, to be run by any means. */
public final class Conformance {
  private Conformance() {}

  /** The checks, in the order in which they are best read: causes before consequences. */
  public static List<Check> checks(ConformanceSpec spec) {
    ImmutableList.Builder<Check> checks = ImmutableList.builder();
    Discovered discovered = new Discovered(spec);
    DiscoveryLaws.ALL.forEach(l -> checks.add(l.on(spec.method(), discovered)));
    for (BackboneUnderTest backbone : spec.backbones()) {
      checks.addAll(checks(backbone));
    }
    for (Variant variant : spec.variants()) {
      for (BackboneUnderTest backbone : spec.backbones()) {
        Subject subject = new Subject(discovered, variant, backbone);
        String group = "%s (%s) on %s".formatted(spec.method(), variant.name(), backbone.name());
        laws().forEach(l -> checks.add(l.on(group, subject)));
      }
    }
    return checks.build();
  }

  /** The checks as JUnit tests: one container per configuration and backbone, one test per law. */
  public static Stream<DynamicContainer> tests(ConformanceSpec spec) {
    return Containers.of(checks(spec));
  }

  /** The checks of a backbone alone. */
  public static List<Check> checks(BackboneUnderTest backbone) {
    return BackboneLaws.ALL.stream()
        .map(l -> l.on("backbone " + backbone.name(), backbone))
        .toList();
  }

  private static List<Law<Subject>> laws() {
    return ImmutableList.<Law<Subject>>builder()
        .addAll(RewriteLaws.ALL)
        .addAll(CountLaws.ALL)
        .addAll(NameLaws.ALL)
        .addAll(GradientLaws.ALL)
        .addAll(RunLaws.ALL)
        .addAll(StateLaws.ALL)
        .addAll(TrainingLaws.ALL)
        .build();
  }
}
