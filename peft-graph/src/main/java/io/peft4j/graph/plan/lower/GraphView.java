package io.peft4j.graph.plan.lower;

import io.peft4j.api.NearestName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/** The part of a graph that wanted variables depend on. */
final class GraphView {
  private static final int WANTED = 1000;

  private final SameDiff graph;
  private final Set<String> wanted;
  private final Set<String> known;
  private final List<SameDiffOp> order;
  private final Map<String, Integer> readers = new HashMap<>();

  /**
   * @param known variables that are given, so that what computes them is not wanted
   */
  GraphView(SameDiff graph, Collection<String> wanted, Set<String> known) {
    this.graph = graph;
    this.known = known;
    wanted.forEach(this::requireKnown);
    this.wanted = Set.copyOf(wanted);
    this.order = sorted(wanted);
    order.forEach(op -> inputs(op).forEach(i -> readers.merge(i, 1, Integer::sum)));
    // A variable that is wanted is never inner to a fusion.
    this.wanted.forEach(w -> readers.merge(w, WANTED, Integer::sum));
  }

  /** Operations, each after those it reads. */
  List<SameDiffOp> order() {
    return order;
  }

  SameDiff graph() {
    return graph;
  }

  /** How many inputs of operations are a variable. */
  int operationsReading(String variable) {
    return readers(variable) - (wanted.contains(variable) ? WANTED : 0);
  }

  /** How many inputs of operations are a variable; more than it has for one that is wanted. */
  int readers(String variable) {
    return readers.getOrDefault(variable, 0);
  }

  /** The operation that computes a variable; null for leaves and what is given. */
  @Nullable SameDiffOp producer(String variable) {
    String op = graph.getVariables().get(variable).getOutputOfOp();
    return op == null || known.contains(variable) ? null : graph.getOps().get(op);
  }

  static List<String> inputs(SameDiffOp op) {
    return op.getInputsToOp() == null ? List.of() : op.getInputsToOp();
  }

  private List<SameDiffOp> sorted(Collection<String> wanted) {
    Set<String> done = new LinkedHashSet<>();
    List<SameDiffOp> sorted = new ArrayList<>();
    for (String start : wanted) {
      List<String> stack = new ArrayList<>(List.of(start));
      while (!stack.isEmpty()) {
        SameDiffOp op = producer(stack.get(stack.size() - 1));
        if (op == null || done.contains(op.getName())) {
          stack.remove(stack.size() - 1);
          continue;
        }
        int before = stack.size();
        List<String> inputs = inputs(op);
        for (int i = inputs.size() - 1; i >= 0; i--) {
          SameDiffOp source = producer(inputs.get(i));
          if (source != null && !done.contains(source.getName())) {
            stack.add(inputs.get(i));
          }
        }
        if (stack.size() == before) {
          done.add(op.getName());
          sorted.add(op);
          stack.remove(stack.size() - 1);
        }
      }
    }
    return sorted;
  }

  private void requireKnown(String variable) {
    if (!graph.hasVariable(variable)) {
      throw new IllegalArgumentException(
          "the graph has no variable '%s'%s"
              .formatted(
                  variable,
                  NearestName.of(variable, graph.getVariables().keySet())
                      .map(near -> "; did you mean '" + near + "'?")
                      .orElse("")));
    }
  }
}
