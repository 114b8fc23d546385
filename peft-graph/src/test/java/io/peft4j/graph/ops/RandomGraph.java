package io.peft4j.graph.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A graph of audited operations that grows step by step, with the code that makes it.
 *
 * <p>A step chooses its operands by numbers, so that any list of steps is a graph, and one with
 * fewer or smaller numbers a smaller one. A use that the audit refuses is left behind unread.
 */
final class RandomGraph {
  /** Sizes of an example, behind the batch or alone; few, so that many operands fit each other. */
  private static final long[][] EXAMPLES = {{4}, {3, 4}, {1, 4}, {2, 3, 4}, {1}, {4, 4}, {3, 1}};

  /** Shapes of parameters: what spreads over an example in some way. */
  private static final long[][] PARAMETERS = {
    {4}, {1}, {}, {1, 4}, {1, 1}, {3, 4}, {3, 1}, {1, 3, 1}, {1, 3, 4}, {4, 4}, {2, 3, 4}, {4, 1}
  };

  /**
   * Choices of a step.
   *
   * @param kind of operation
   * @param a operand
   * @param b second operand
   * @param c further choices
   */
  record Step(int kind, int a, int b, int c) {}

  final SameDiff sd = SameDiff.create();
  final AuditedOps ops = new AuditedOps(sd);
  final DataType type;
  final long batch;

  private final Map<String, long[]> fed = new LinkedHashMap<>();
  private final Map<SDVariable, String> names = new IdentityHashMap<>();
  private final List<SDVariable> values = new ArrayList<>();
  private final List<String> code = new ArrayList<>();
  private final Map<String, Double> kinks = new LinkedHashMap<>();
  private final ShapeInference free = ShapeInference.of(sd, Map.of());
  private ShapeInference full = free;

  RandomGraph(DataType type, long batch, List<Step> steps) {
    this.type = type;
    this.batch = batch;
    input(0);
    for (Step step : steps) {
      RandomSteps.take(this, step);
    }
  }

  /** A placeholder of the batch and an example of one of the shapes. */
  SDVariable input(int choice) {
    long[] example = EXAMPLES[Math.floorMod(choice, EXAMPLES.length)];
    String name = "x" + fed.size();
    long[] shape = new long[example.length + 1];
    System.arraycopy(example, 0, shape, 1, example.length);
    shape[0] = -1;
    SDVariable x = sd.placeHolder(name, type, shape.clone());
    shape[0] = batch;
    fed.put(name, shape);
    full = ShapeInference.of(sd, fed);
    return put(x, "sd.placeHolder(\"%s\", %s, %s)", name, type, "-1, " + text(example));
  }

  static long[] parameterShape(int choice) {
    return PARAMETERS[Math.floorMod(choice / 3, PARAMETERS.length)];
  }

  /** A leaf of a shape: constant, or a variable, which is trained or not. */
  SDVariable leaf(int choice, long... shape) {
    String name = "w" + values.size() + "." + names.size();
    INDArray value = OpCase.values(new Random(name.hashCode()), false, shape).castTo(type);
    boolean constant = Math.floorMod(choice, 3) == 0;
    SDVariable w = constant ? sd.constant(name, value) : sd.var(name, value);
    return put(w, "sd.%s(\"%s\", values(%s))", constant ? "constant" : "var", name, text(shape));
  }

  /** A constant of given numbers. */
  SDVariable constant(INDArray value) {
    String name = "c" + names.size();
    return put(
        sd.constant(name, value.castTo(type)),
        "sd.constant(\"%s\", %s)",
        name,
        value.toStringFull().replace("\n", ""));
  }

  /** Adds a value, unless the audit would refuse it. */
  SDVariable put(SDVariable v, String text, Object... arguments) {
    String name = "v" + names.size();
    Object[] named =
        Arrays.stream(arguments)
            .map(o -> o instanceof SDVariable s ? names.getOrDefault(s, s.name()) : o)
            .toArray();
    names.put(v, name);
    String refused = refused(v);
    code.add(
        "SDVariable %s = %s; // %s%s"
            .formatted(name, text.formatted(named), v.name(), refused == null ? "" : " REFUSED"));
    if (refused == null && v.dataType() == type) {
      values.add(v);
    }
    return v;
  }

  /** What the audit says of the operations between a new value and those that are in the pool. */
  private @Nullable String refused(SDVariable v) {
    Set<String> seen = new LinkedHashSet<>();
    List<String> open = new ArrayList<>(List.of(v.name()));
    Set<String> pool = values.stream().map(SDVariable::name).collect(Collectors.toSet());
    while (!open.isEmpty()) {
      String next = open.remove(open.size() - 1);
      SameDiffOp op = producer(next);
      if (op == null || pool.contains(next) || !seen.add(op.getName())) {
        continue;
      }
      boolean[] all = new boolean[op.getInputsToOp().size()];
      Arrays.fill(all, true);
      try {
        free.shape(next);
        full.shape(next);
      } catch (IllegalStateException e) {
        return e.getMessage();
      }
      CatalogueOp known = OpCatalogue.find(op.getOp().opName());
      String finding = known == null ? "unknown" : known.restriction().finding(free.call(op), all);
      String fixed = known == null ? "unknown" : known.restriction().finding(full.call(op), all);
      if (finding != null || fixed != null) {
        return finding + fixed;
      }
      open.addAll(op.getInputsToOp());
    }
    return null;
  }

  private @Nullable SameDiffOp producer(String variable) {
    String op = sd.getVariables().get(variable).getOutputOfOp();
    return op == null ? null : sd.getOps().get(op);
  }

  /** A value of the pool. */
  SDVariable value(int choice) {
    // Small numbers mean late values, so that steps build on each other.
    return values.get(values.size() - 1 - Math.floorMod(choice, values.size()));
  }

  /** A value whose shape is accepted, or none. */
  @Nullable SDVariable value(int choice, Predicate<long[]> accepted) {
    List<SDVariable> fitting = values.stream().filter(v -> accepted.test(shape(v))).toList();
    return fitting.isEmpty()
        ? null
        : fitting.get(fitting.size() - 1 - Math.floorMod(choice, fitting.size()));
  }

  /** Shape with the batch that is fed. */
  long[] shape(SDVariable v) {
    return full.shape(v.name());
  }

  /** Shape with -1 for what depends on the batch. */
  long[] free(SDVariable v) {
    return free.shape(v.name());
  }

  /** A value has a kink or a jump at a number, where rounding decides which side is taken. */
  void kink(SDVariable v, double at) {
    kinks.put(v.name(), at);
  }

  Map<String, Double> kinks() {
    return kinks;
  }

  /** A scalar that depends on everything; bounded, and with gradients that are not constant. */
  String loss() {
    SDVariable sum = null;
    int i = 0;
    for (SDVariable v : List.copyOf(values)) {
      // What only the next operation reads can be joined to it.
      if (isRead(v) && v.name().hashCode() % 4 != 0) {
        continue;
      }
      SDVariable term = ops.tanh(v.mul(0.3 + 0.1 * (i % 5))).mul(0.7 + 0.2 * (i++ % 3)).sum();
      sum = sum == null ? term : sum.add(term);
    }
    return sum.rename("loss").name();
  }

  private boolean isRead(SDVariable v) {
    List<String> readers = sd.getVariables().get(v.name()).getInputsForOp();
    return readers != null && !readers.isEmpty();
  }

  List<String> values() {
    return values.stream().map(SDVariable::name).toList();
  }

  /** Variables that a gradient reaches. */
  List<String> trainables(String loss) {
    Set<String> reached = new LinkedHashSet<>(List.of(loss));
    List<String> open = new ArrayList<>(reached);
    List<String> found = new ArrayList<>();
    while (!open.isEmpty()) {
      String next = open.remove(open.size() - 1);
      SDVariable v = sd.getVariable(next);
      SameDiffOp op = producer(next);
      if (v.getVariableType() == VariableType.VARIABLE && next.hashCode() % 4 != 0) {
        found.add(next);
      }
      if (op == null
          || Set.of("stop_gradient", "ones_as", "zeroslike").contains(op.getOp().opName())) {
        continue;
      }
      for (String input : op.getInputsToOp()) {
        if (sd.getVariable(input).dataType().isFPType() && reached.add(input)) {
          open.add(input);
        }
      }
    }
    return found;
  }

  /** Values of the placeholders. */
  Map<String, INDArray> feed(int seed) {
    Map<String, INDArray> feed = new HashMap<>();
    fed.forEach(
        (name, shape) ->
            feed.put(
                name,
                OpCase.values(new Random(31L * seed + name.hashCode()), false, shape)
                    .castTo(type)));
    return feed;
  }

  static String text(long... numbers) {
    return Arrays.stream(numbers).mapToObj(Long::toString).collect(Collectors.joining(", "));
  }

  /** The code that makes it. */
  @Override
  public String toString() {
    return "%s, batch %d%n%s".formatted(type, batch, String.join("\n", code));
  }
}
