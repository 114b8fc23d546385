package io.peft4j.testkit;

import io.peft4j.api.backbone.Backbone;
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
}
