package io.peft4j.graph.plan.lower;

import com.google.common.collect.ImmutableListMultimap;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/**
 * Finds what {@link io.peft4j.graph.ops.AuditedOps} composed and one instruction computes. What
 * another operation reads too is left as it is, and so is what spreads an operand over another.
 */
final class Fusions {
  /** Patterns by the name of the operation that they end with. */
  private static final ImmutableListMultimap<String, Pattern> PATTERNS =
      ImmutableListMultimap.<String, Pattern>builder()
          .put("mul_scalar", new GeluPattern())
          .put("add", new LayerNormPattern())
          .put("add", new BatchNormPattern(false))
          .put("relu", new BatchNormPattern(true))
          .put("reduce_sum", new LogLikelihoodPattern())
          .build();

  private Fusions() {}

  /** Fusions by the variable that they compute; one may be inner to another. */
  static Map<String, Fusion> in(GraphView view) {
    Map<String, Fusion> found = new HashMap<>();
    for (SameDiffOp op : view.order()) {
      for (Pattern pattern : PATTERNS.get(op.getOp().opName())) {
        pattern
            .endingAt(op, view)
            .filter(f -> f.holds(view))
            .ifPresent(f -> found.put(f.output(), f));
      }
    }
    return found;
  }
}
