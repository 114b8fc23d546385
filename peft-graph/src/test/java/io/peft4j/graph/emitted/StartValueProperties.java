package io.peft4j.graph.emitted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Stream;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.nd4j.linalg.api.buffer.DataType;

/** A start value is a function of seed and name. */
class StartValueProperties {
  /** Whatever was made before. */
  @Property(tries = 20)
  void startValuesDependOnSeedAndNameAlone(@ForAll long seed, @ForAll boolean otherFirst) {
    TargetGraph first = graph(seed);
    first.trainable(adapter("a", 3, 2), Init.normal(1));
    TargetGraph second = graph(seed);
    if (otherFirst) {
      second.trainable(adapter("b", 3, 2), Init.normal(1));
      second.buffer("c", Init.normal(1), 3, 2);
    }
    second.trainable(adapter("a", 3, 2), Init.normal(1));
    second.trainable(adapter("b", 3, 2), Init.normal(1));
    assertEquals(first.arrays().get("a"), second.arrays().get("a"));
    assertNotEquals(second.arrays().get("a"), second.arrays().get("b"));
    TargetGraph third = graph(seed + 1);
    third.trainable(adapter("a", 3, 2), Init.normal(1));
    assertNotEquals(first.arrays().get("a"), third.arrays().get("a"));
  }

  private static Trainable adapter(String name, long... shape) {
    return Trainable.added(name, Owner.ADAPTER, Param.Kind.WEIGHT, Stream.SHARED, shape);
  }

  private static TargetGraph graph(long seed) {
    return new TargetGraph(DataType.DOUBLE, true, seed, n -> Optional.empty());
  }
}
