package io.peft4j.graph.emitted;

import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.routing.Stream;
import java.util.Optional;

/**
 * A trainable parameter of an emitted graph.
 *
 * @param name variable name; key in saved files
 * @param shape its shape
 * @param owner whose it is
 * @param kind what it is
 * @param stream stream that it serves alone, or the shared one
 * @param base the backbone's parameter that it started from, for {@link Owner#BACKBONE}
 */
public record Trainable(
    String name, Shape shape, Owner owner, Param.Kind kind, Stream stream, Optional<Param> base) {
  /** A parameter of the backbone that is trained, in the copy of a stream. */
  public static Trainable ofBackbone(String name, Stream stream, Param base) {
    return new Trainable(
        name, base.shape(), Owner.BACKBONE, base.kind(), stream, Optional.of(base));
  }

  /** A parameter that the backbone does not have. */
  public static Trainable added(
      String name, Owner owner, Param.Kind kind, Stream stream, long... shape) {
    return new Trainable(name, Shape.of(shape), owner, kind, stream, Optional.empty());
  }
}
