package io.peft4j.graph.plan.lower;

import java.util.Optional;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/** Finds one composition of {@link io.peft4j.graph.ops.AuditedOps}. */
@FunctionalInterface
interface Pattern {
  /**
   * The composition that ends with an operation, if it is this one and nothing else reads it; its
   * shapes and types are looked at afterwards ({@link Fusion#holds}).
   */
  Optional<Fusion> endingAt(SameDiffOp last, GraphView view);
}
