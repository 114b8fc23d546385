package io.peft4j.graph.account;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;

/** Which variables a value is computed from. */
public final class Ancestry {
  private Ancestry() {}

  /** All variables on the backward path of {@code outputs}, themselves included. */
  public static Set<String> of(SameDiff graph, Collection<String> outputs) {
    Set<String> found = new HashSet<>(outputs);
    Deque<String> open = new ArrayDeque<>(outputs);
    while (!open.isEmpty()) {
      String op = graph.getVariables().get(open.pop()).getOutputOfOp();
      if (op == null) {
        continue;
      }
      for (String input : graph.getOps().get(op).getInputsToOp()) {
        if (found.add(input)) {
          open.push(input);
        }
      }
    }
    return found;
  }
}
