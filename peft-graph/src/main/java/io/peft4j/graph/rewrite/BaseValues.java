package io.peft4j.graph.rewrite;

import io.peft4j.api.backbone.Param;
import io.peft4j.api.routing.Stream;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Values that take the place of a backbone's frozen parameters (merged weights). */
@FunctionalInterface
public interface BaseValues {
  /** The backbone's own values. */
  BaseValues PRETRAINED = (param, stream) -> Optional.empty();

  /** Another value for {@code param} as {@code stream} sees it, if it has one. */
  Optional<Replaced> of(Param param, Stream stream);

  /**
   * A replaced value.
   *
   * @param name name of the constant
   * @param value the array, not copied
   */
  record Replaced(String name, INDArray value) {}
}
