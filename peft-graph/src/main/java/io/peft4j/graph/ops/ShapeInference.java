package io.peft4j.graph.ops;

import io.peft4j.api.NearestName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Shapes of the variables of a graph, without running it and without allocating its values.
 *
 * <p>A size that depends on the batch is -1 unless the shapes of the placeholders are given in
 * full. Shapes are worked out when they are asked for and kept; operations added to the graph later
 * are seen. Not for use by several threads.
 */
public final class ShapeInference {
  private final SameDiff sd;
  private final Map<String, long[]> leafShapes;
  private final Map<String, Known> known = new HashMap<>();

  /** A shape and the operation it comes from, since a name may pass on to another variable. */
  private record Known(long[] shape, String producer) {}

  private ShapeInference(SameDiff sd, Map<String, long[]> leafShapes) {
    this.sd = sd;
    this.leafShapes = Map.copyOf(leafShapes);
  }

  /**
   * Shapes of the variables of {@code sd}.
   *
   * @param leafShapes shapes of placeholders, by name; those not named keep their declared shape
   * @throws IllegalArgumentException if a name is not a variable of the graph
   */
  public static ShapeInference of(SameDiff sd, Map<String, long[]> leafShapes) {
    leafShapes.keySet().forEach(name -> require(sd, name));
    return new ShapeInference(sd, leafShapes);
  }

  /**
   * The shape of a variable; -1 for sizes that depend on a batch that was not given.
   *
   * @throws IllegalArgumentException if the graph has no such variable
   * @throws IllegalStateException if the shape cannot be known: an operation outside the catalogue,
   *     a placeholder without a shape, or inputs that an operation cannot take
   */
  public long[] shape(String variable) {
    require(sd, variable);
    return infer(variable).clone();
  }

  /**
   * Multiply-accumulates of the operation that computes a variable: {@code batch·m·n·k} for a
   * matrix product, else 0; -1 if a size is unknown.
   */
  public long macs(String variable) {
    shape(variable);
    SameDiffOp op = producer(variable);
    return op == null || !op.getOp().opName().equals("matmul") ? 0 : ShapeRules.macs(call(op));
  }

  /** Iterative, since a deep network's chain of operations would overflow a recursion. */
  private long[] infer(String variable) {
    Deque<String> open = new ArrayDeque<>(List.of(variable));
    while (!open.isEmpty()) {
      String next = open.peek();
      SameDiffOp op = producer(next);
      if (isKnown(next)) {
        open.pop();
      } else if (op == null) {
        known.put(open.pop(), new Known(leaf(next), ""));
      } else {
        int before = open.size();
        inputs(op).stream().filter(i -> !isKnown(i)).forEach(open::push);
        if (open.size() == before) {
          apply(op);
        }
      }
    }
    return known.get(variable).shape();
  }

  private boolean isKnown(String variable) {
    Known k = known.get(variable);
    SameDiffOp op = producer(variable);
    return k != null && k.producer().equals(op == null ? "" : op.getName());
  }

  private void apply(SameDiffOp op) {
    DifferentialFunction function = op.getOp();
    CatalogueOp rule = OpCatalogue.find(function.opName());
    String where = "operation '%s' (%s)".formatted(op.getName(), function.opName());
    if (rule == null) {
      throw new IllegalStateException(
          where + " has no shape rule; " + OpCatalogue.replacement(function.opName()));
    }
    List<long[]> shapes;
    try {
      shapes = rule.shape().outputs(call(op));
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(where + ": " + e.getMessage(), e);
    }
    List<String> outputs = op.getOutputsOfOp();
    for (int i = 0; i < outputs.size(); i++) {
      known.put(outputs.get(i), new Known(shapes.get(i), op.getName()));
    }
  }

  private long[] leaf(String name) {
    SDVariable variable = sd.getVariable(name);
    long[] given = leafShapes.get(name);
    long[] shape = given != null ? given : variable.getShape();
    if (shape == null) {
      throw new IllegalStateException(
          "placeholder '%s' was declared without a shape and none was given".formatted(name));
    }
    return shape;
  }

  /** The operation as its rule sees it; the shapes of its inputs must be known. */
  OpCall call(SameDiffOp op) {
    List<long[]> shapes = new ArrayList<>();
    List<@Nullable INDArray> constants = new ArrayList<>();
    for (String input : inputs(op)) {
      shapes.add(known.get(input).shape());
      SDVariable v = sd.getVariable(input);
      constants.add(v.isConstant() ? v.getArr() : null);
    }
    return new OpCall(op.getOp(), shapes, constants, op.getOutputsOfOp().size());
  }

  private static List<String> inputs(SameDiffOp op) {
    List<String> inputs = op.getInputsToOp();
    return inputs == null ? List.of() : inputs;
  }

  private @Nullable SameDiffOp producer(String variable) {
    Variable v = sd.getVariables().get(variable);
    String op = v == null ? null : v.getOutputOfOp();
    return op == null ? null : sd.getOps().get(op);
  }

  private static void require(SameDiff sd, String variable) {
    if (!sd.hasVariable(variable)) {
      throw new IllegalArgumentException(
          "the graph has no variable '%s'%s"
              .formatted(
                  variable,
                  NearestName.of(variable, sd.getVariables().keySet())
                      .map(n -> "; did you mean '" + n + "'?")
                      .orElse("")));
    }
  }
}
