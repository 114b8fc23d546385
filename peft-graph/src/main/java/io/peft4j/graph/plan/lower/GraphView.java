package io.peft4j.graph.plan.lower;

import io.peft4j.api.NearestName;
import io.peft4j.graph.ops.ShapeInference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** The part of a graph that wanted variables depend on. */
final class GraphView {
  private static final int WANTED = 1000;

  private final SameDiff graph;
  private final Set<String> wanted;
  private final Set<String> known;
  private final List<SameDiffOp> order;
  private final Map<String, Integer> readers = new HashMap<>();
  private final Set<String> differentiated;
  private final ShapeInference shapes;

  /**
   * @param known variables that are given, so that what computes them is not wanted
   * @param trainables variables whose gradients are wanted
   * @param placeholders shapes of placeholders, by name
   */
  GraphView(
      SameDiff graph,
      Collection<String> wanted,
      Set<String> known,
      Set<String> trainables,
      Function<String, long[]> placeholders) {
    this.graph = graph;
    this.known = known;
    wanted.forEach(this::requireKnown);
    this.wanted = Set.copyOf(wanted);
    this.order = sorted(wanted);
    order.forEach(op -> inputs(op).forEach(i -> readers.merge(i, 1, Integer::sum)));
    // A variable that is wanted is never inner to a fusion.
    this.wanted.forEach(w -> readers.merge(w, WANTED, Integer::sum));
    this.differentiated = differentiated(trainables);
    this.shapes = ShapeInference.of(graph, fed(placeholders));
  }

  private Set<String> differentiated(Set<String> trainables) {
    Set<String> reached = new HashSet<>(trainables);
    for (SameDiffOp op : order) {
      if (inputs(op).stream().anyMatch(reached::contains)) {
        reached.addAll(op.getOutputsOfOp());
      }
    }
    return reached;
  }

  private Map<String, long[]> fed(Function<String, long[]> placeholders) {
    Map<String, long[]> fed = new HashMap<>();
    for (SameDiffOp op : order) {
      for (String input : inputs(op)) {
        if (!known.contains(input) && graph.getVariable(input).isPlaceHolder()) {
          fed.computeIfAbsent(input, placeholders);
        }
      }
    }
    return fed;
  }

  /** True if a variable is a trainable, or computed from one. */
  boolean isDifferentiated(String variable) {
    return differentiated.contains(variable);
  }

  DataType type(String variable) {
    return graph.getVariable(variable).dataType();
  }

  /** A number as an array of a variable's type holds it. */
  double rounded(double number, String variable) {
    return Nd4j.scalar(type(variable), number).getDouble(0);
  }

  /** Shapes of variables in full; empty if one is not known before the graph runs. */
  Optional<List<long[]>> shapes(List<String> variables) {
    try {
      return Optional.of(variables.stream().map(shapes::shape).toList());
    } catch (IllegalStateException e) {
      return Optional.empty();
    }
  }

  boolean hasShape(String variable, long... shape) {
    return shapes(List.of(variable)).filter(s -> Arrays.equals(s.get(0), shape)).isPresent();
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
