package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Value;
import java.util.List;

/** How operations of one name become instructions. */
@FunctionalInterface
interface Rule {
  /** The outputs' values; empty if the rule does not apply to this use, and nothing was added. */
  List<Value> lower(Call call);
}
