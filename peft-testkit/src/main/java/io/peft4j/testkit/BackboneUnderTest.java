package io.peft4j.testkit;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Supplies a small backbone; the fewer numbers it has, the sooner the kit is done. */
public interface BackboneUnderTest {
  /** Name in the report. */
  String name();

  /**
   * A new backbone with random weights, the same at each call.
   *
   * @param type FLOAT or DOUBLE
   */
  Backbone build(DataType type);

  /** A new backbone without arrays, for counting. */
  Backbone buildForCounting();

  /** An architecture with random weights, under its own name. */
  static BackboneUnderTest random(Architecture architecture, long seed) {
    return new RandomBackbone(architecture, seed);
  }

  /**
   * An architecture with random weights.
   *
   * @param architecture dimensions
   * @param seed seed of the weights
   */
  record RandomBackbone(Architecture architecture, long seed) implements BackboneUnderTest {
    @Override
    public String name() {
      return architecture.id();
    }

    @Override
    public Backbone build(DataType type) {
      return architecture.build(WeightSource.random(seed), type);
    }

    @Override
    public Backbone buildForCounting() {
      return architecture.build(WeightSource.shapesOnly(), DataType.FLOAT);
    }
  }
}
