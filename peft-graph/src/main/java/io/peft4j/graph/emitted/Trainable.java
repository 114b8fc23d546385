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
 * @param stream stream that it serves alone, or the shared one
 * @param base the backbone's parameter that it started from, for {@link Owner#BACKBONE}
 */
public record Trainable(
    String name, Shape shape, Owner owner, Stream stream, Optional<Param> base) {}
