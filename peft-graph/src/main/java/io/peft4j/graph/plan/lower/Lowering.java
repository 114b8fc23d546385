package io.peft4j.graph.plan.lower;

import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Lowers the operations of a graph that wanted variables need: to instructions of their own where
 * there is a rule, to {@link Operation.External} elsewhere.
 */
public final class Lowering {
  private static final Map<String, Rule> RULES = rules();

  private final SameDiff graph;
  private final Program program;
  private final Copies copies;
  private final Function<String, long[]> placeholders;
  private final Map<String, Value> values = new HashMap<>();
  private final Map<String, Value> feeds = new HashMap<>();
  private final Set<String> trainables = new HashSet<>();

  /**
   * A lowering into a program.
   *
   * @param placeholders shapes of placeholders, by name
   */
  public Lowering(SameDiff graph, Program program, Function<String, long[]> placeholders) {
    this.graph = graph;
    this.program = program;
    this.copies = new Copies(program);
    this.placeholders = placeholders;
  }

  private static Map<String, Rule> rules() {
    Map<String, Rule> rules = new HashMap<>(Movement.rules());
    rules.putAll(Arithmetic.rules());
    rules.put("stop_gradient", Lowering::detached);
    return rules;
  }

  /** Gives a variable a value, so that what computes it is not lowered. */
  public void bind(String variable, Value value) {
    values.put(variable, value);
  }

  /** Says whose gradients are wanted, before anything is lowered. */
  public void differentiate(Collection<String> variables) {
    trainables.addAll(variables);
  }

  /** Adds what the variables need. */
  public void lower(Collection<String> wanted) {
    GraphView view =
        new GraphView(graph, wanted, Set.copyOf(values.keySet()), trainables, placeholders);
    Map<String, Fusion> fusions = Fusions.in(view);
    Set<String> inner = new HashSet<>();
    fusions.values().forEach(f -> inner.addAll(f.inner()));
    for (SameDiffOp op : view.order()) {
      Fusion fusion = fusions.get(op.getOutputsOfOp().get(0));
      if (inner.contains(op.getName())) {
        continue;
      }
      if (fusion != null) {
        fuse(fusion);
      } else {
        lower(op);
      }
    }
    wanted.forEach(this::value);
  }

  /** The value of a variable that was lowered, of one that was bound, or of a leaf. */
  public Value value(String variable) {
    Value known = values.get(variable);
    if (known != null) {
      return known;
    }
    SDVariable leaf = graph.getVariable(variable);
    Value value;
    if (leaf.getVariableType() == VariableType.PLACEHOLDER) {
      value = program.feed(variable, leaf.dataType(), placeholders.apply(variable));
      feeds.put(variable, value);
    } else if (leaf.getArr() != null) {
      value = program.leaf(variable, leaf.getArr());
    } else {
      throw new IllegalStateException("variable '" + variable + "' was not lowered");
    }
    values.put(variable, value);
    return value;
  }

  /** Placeholders that were met. */
  public Map<String, Value> feeds() {
    return Map.copyOf(feeds);
  }

  private void lower(SameDiffOp op) {
    List<Value> inputs = GraphView.inputs(op).stream().map(this::value).toList();
    List<String> names = op.getOutputsOfOp();
    List<DataType> types = names.stream().map(n -> graph.getVariable(n).dataType()).toList();
    Call call = new Call(program, copies, op.getOp(), inputs, names, types);
    Rule rule = RULES.get(op.getOp().opName());
    List<Value> outputs = rule == null ? List.of() : rule.lower(call);
    if (outputs.isEmpty()) {
      outputs = external(call);
    }
    for (int i = 0; i < names.size(); i++) {
      values.put(names.get(i), outputs.get(i));
    }
  }

  private static List<Value> external(Call call) {
    List<Value> inputs = call.inputs().stream().map(v -> arrayOf(call, v)).toList();
    List<Value> outputs = new ArrayList<>();
    for (int i = 0; i < call.outputs(); i++) {
      outputs.add(call.fresh(i));
    }
    call.add(new Operation.External(call.function()), inputs, outputs.toArray(Value[]::new));
    return outputs;
  }

  /** Leaves are handed over as they lie, which may be in another order than c. */
  private static Value arrayOf(Call call, Value value) {
    return Call.isLeaf(value) ? value : call.plain(value);
  }

  private static List<Value> detached(Call call) {
    Value copy = call.fresh(0);
    call.add(new Operation.Detach(), List.of(call.input(0)), copy);
    return List.of(copy);
  }

  private void fuse(Fusion fusion) {
    String name = fusion.output();
    DataType type = graph.getVariable(name).dataType();
    List<Value> inputs = fusion.inputs().stream().map(i -> copies.plain(value(i))).toList();
    Fusion.Made made = fusion.maker().of(inputs.stream().map(Value::shape).toList()).orElseThrow();
    List<Value> outputs = new ArrayList<>(List.of(program.temporary(name, type, made.shape())));
    for (Fusion.Other other : made.others()) {
      Value output = program.temporary(other.variable().orElse(name), type, other.shape());
      outputs.add(output);
      other.variable().ifPresent(v -> values.put(v, output));
    }
    program.add(name, made.operation(), inputs, outputs.toArray(Value[]::new));
    values.put(name, outputs.get(0));
  }
}
