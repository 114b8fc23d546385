package io.peft4j.graph.ops;

import com.google.common.collect.ImmutableSet;
import io.peft4j.api.NearestName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;

/**
 * Looks a graph over before it trains, since SameDiff computes some gradients wrongly without a
 * word.
 */
public final class GraphAudit {
  /** Operations that pass no gradient back. */
  private static final ImmutableSet<String> CUTS =
      ImmutableSet.of("stop_gradient", "ones_as", "zeroslike");

  private final SameDiff sd;
  private final List<String> findings = new ArrayList<>();

  private GraphAudit(SameDiff sd) {
    this.sd = sd;
  }

  /**
   * Checks what the outputs are computed from.
   *
   * <p>Found are: operations outside the {@link OpCatalogue}, subclasses of those in it, uses in
   * which they are wrong, random operations, no trainables, trainables that no output depends on or
   * that are not variables, names used twice, and a placeholder that was declared again.
   *
   * @param trainables names of the trainable variables
   * @param outputs names of the variables that losses are made of
   * @throws AuditException with all findings, if there is one
   */
  public static void check(SameDiff sd, Collection<String> trainables, Collection<String> outputs) {
    GraphAudit audit = new GraphAudit(sd);
    audit.names();
    Set<String> known = audit.trainables(trainables);
    Set<SameDiffOp> needed = audit.neededFor(audit.outputs(outputs));
    Set<String> dependent = audit.dependents(known);
    audit.operations(needed, dependent);
    audit.reach(known, outputs, dependent, needed);
    if (!audit.findings.isEmpty()) {
      throw new AuditException(audit.findings);
    }
  }

  private void names() {
    sd.getVariables()
        .forEach(
            (name, variable) -> {
              if (!name.equals(variable.getVariable().name())) {
                add(
                    "variable '%s' is listed as '%s'; rename it by SDVariable.rename",
                    variable.getVariable().name(), name);
              }
              shadowed(name, variable);
            });
    sd.getOps()
        .forEach(
            (name, op) -> {
              if (sd.hasVariable(name) && !op.getOutputsOfOp().contains(name)) {
                add(
                    "the name '%s' is an operation's and another's variable; give one another name",
                    name);
              }
            });
  }

  /** A second placeHolder(name) replaces the first and forgets who reads it. */
  private void shadowed(String name, Variable variable) {
    if (variable.getVariable().getVariableType() != VariableType.PLACEHOLDER) {
      return;
    }
    List<String> readers = variable.getInputsForOp();
    for (SameDiffOp op : sd.getOps().values()) {
      if (inputs(op).contains(name) && (readers == null || !readers.contains(op.getName()))) {
        add(
            "placeholder '%s' was declared twice, and operation '%s' reads the first; look it up with getVariable",
            name, op.getName());
        return;
      }
    }
  }

  private Set<String> trainables(Collection<String> trainables) {
    Set<String> known = new LinkedHashSet<>();
    if (trainables.isEmpty()) {
      add("nothing is trainable; choose a method or options that train something");
    }
    for (String name : trainables) {
      if (!sd.hasVariable(name)) {
        add("trainable '%s' is not in the graph%s", name, near(name));
      } else if (sd.getVariable(name).getVariableType() != VariableType.VARIABLE) {
        add(
            "trainable '%s' is a %s; make it by Emit.param or convertToVariable",
            name, sd.getVariable(name).getVariableType());
      } else if (!known.add(name)) {
        add("trainable '%s' is named twice; name it once", name);
      }
    }
    return known;
  }

  private Set<String> outputs(Collection<String> outputs) {
    Set<String> known = new LinkedHashSet<>();
    for (String name : outputs) {
      if (!sd.hasVariable(name)) {
        add("output '%s' is not in the graph%s", name, near(name));
      } else {
        known.add(name);
      }
    }
    return known;
  }

  private String near(String name) {
    return NearestName.of(name, sd.getVariables().keySet())
        .map(n -> "; did you mean '" + n + "'?")
        .orElse("; look at its name");
  }

  /** Operations that outputs are computed from, in the order of the graph. */
  private Set<SameDiffOp> neededFor(Set<String> outputs) {
    Set<String> names = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(outputs);
    while (!open.isEmpty()) {
      Variable variable = sd.getVariables().get(open.pop());
      String producer = variable == null ? null : variable.getOutputOfOp();
      if (producer != null && names.add(producer)) {
        open.addAll(inputs(sd.getOps().get(producer)));
      }
    }
    // By identity: operations of SameDiff are equal to others with the same attributes.
    Set<SameDiffOp> needed = java.util.Collections.newSetFromMap(new java.util.IdentityHashMap<>());
    sd.getOps().values().stream().filter(op -> names.contains(op.getName())).forEach(needed::add);
    return needed;
  }

  /** Variables through which a gradient reaches a trainable, trainables included. */
  private Set<String> dependents(Set<String> trainables) {
    Set<String> reached = new HashSet<>(trainables);
    boolean grown = true;
    // Graphs are topological unless they were spliced, so that one round nearly always suffices.
    while (grown) {
      grown = false;
      for (SameDiffOp op : sd.getOps().values()) {
        boolean passes =
            !CUTS.contains(op.getOp().opName()) && inputs(op).stream().anyMatch(reached::contains);
        for (String output : passes ? op.getOutputsOfOp() : List.<String>of()) {
          SDVariable variable = sd.getVariable(output);
          grown |= variable.dataType().isFPType() && reached.add(output);
        }
      }
    }
    return reached;
  }

  private void operations(Set<SameDiffOp> needed, Set<String> dependent) {
    ShapeInference shapes = ShapeInference.of(sd, Map.of());
    for (SameDiffOp op : sd.getOps().values()) {
      if (!needed.contains(op)) {
        continue;
      }
      DifferentialFunction function = op.getOp();
      String name = function.opName();
      CatalogueOp known = OpCatalogue.find(name);
      String what =
          "operation %s ('%s', output '%s')"
              .formatted(name, op.getName(), op.getOutputsOfOp().get(0));
      if (isRandom(function)) {
        add("%s is random, and streams would share its draw; %s", what, randomReplacement(name));
      } else if (known == null) {
        add(
            "%s has no right gradient or none that is checked; %s",
            what, OpCatalogue.replacement(name));
      } else if (!OpCatalogue.isAudited(function)) {
        add(
            "%s is of class %s, but SameDiff would use the gradient of %s; compose it from the operations of Ops",
            what, function.getClass().getName(), known.type().getSimpleName());
      } else {
        use(op, known, what, shapes, dependent);
      }
    }
  }

  private void use(
      SameDiffOp op, CatalogueOp known, String what, ShapeInference shapes, Set<String> dependent) {
    List<String> inputs = inputs(op);
    try {
      inputs.forEach(shapes::shape);
    } catch (IllegalStateException e) {
      // The cause is a finding of its own, unless it is a placeholder without a shape.
      if (e.getMessage().startsWith("placeholder") && !findings.contains(e.getMessage())) {
        findings.add(e.getMessage());
      }
      return;
    }
    boolean[] differentiated = new boolean[inputs.size()];
    for (int i = 0; i < differentiated.length; i++) {
      differentiated[i] = dependent.contains(inputs.get(i));
    }
    @Nullable String finding = known.restriction().finding(shapes.call(op), differentiated);
    if (finding != null) {
      add("%s %s", what, finding);
      return;
    }
    try {
      shapes.shape(op.getOutputsOfOp().get(0));
    } catch (IllegalStateException e) {
      findings.add(e.getMessage());
    }
  }

  private static boolean isRandom(DifferentialFunction op) {
    String name = op.opName();
    return op.getClass().getName().contains(".ops.random.")
        || name.contains("random")
        || name.contains("dropout");
  }

  private static String randomReplacement(String name) {
    return name.contains("dropout") ? "use Emit.dropout" : OpCatalogue.replacement("random");
  }

  private void reach(
      Set<String> trainables,
      Collection<String> outputs,
      Set<String> dependent,
      Set<SameDiffOp> needed) {
    Set<String> used = new HashSet<>(outputs);
    Deque<String> open = new ArrayDeque<>(used);
    while (!open.isEmpty()) {
      Variable variable = sd.getVariables().get(open.pop());
      SameDiffOp op =
          variable == null || variable.getOutputOfOp() == null
              ? null
              : sd.getOps().get(variable.getOutputOfOp());
      if (op == null
          || !needed.contains(op)
          || !dependent.contains(variable.getVariable().name())) {
        continue;
      }
      inputs(op).stream().filter(dependent::contains).filter(used::add).forEach(open::add);
    }
    for (String name : trainables) {
      if (!used.contains(name)) {
        add(
            "trainable '%s' gets no gradient: no output depends on it; use it or do not make it",
            name);
      }
    }
  }

  private static List<String> inputs(SameDiffOp op) {
    List<String> inputs = op.getInputsToOp();
    return inputs == null ? List.of() : inputs;
  }

  private void add(String message, Object... arguments) {
    findings.add(message.formatted(arguments));
  }
}
