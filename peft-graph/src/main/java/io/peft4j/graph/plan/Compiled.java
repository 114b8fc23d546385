package io.peft4j.graph.plan;

import io.peft4j.graph.plan.backward.Backward;
import io.peft4j.graph.plan.batch.Batching;
import io.peft4j.graph.plan.fuse.Regions;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import io.peft4j.graph.plan.lower.Lowering;
import io.peft4j.graph.plan.lower.Sums;
import io.peft4j.graph.plan.memory.Allocation;
import io.peft4j.graph.plan.memory.Recomputation;
import io.peft4j.graph.plan.rows.Padding;
import io.peft4j.graph.plan.rows.Selection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * A graph as instructions, for given outputs and shapes of inputs.
 *
 * @param program instructions
 * @param feeds placeholders that are read, by name
 * @param outputs wanted variables, by name
 * @param gradients gradients of trainables, by name; empty without a loss
 * @param allocation places in memory
 */
public record Compiled(
    Program program,
    Map<String, Value> feeds,
    Map<String, Value> outputs,
    Map<String, Value> gradients,
    Allocation allocation) {

  /**
   * What is to be differentiated.
   *
   * @param loss a variable
   * @param trainables variables whose gradients are wanted
   * @param activations what is kept for the way back
   */
  public record Objective(String loss, Collection<String> trainables, Activations activations) {}

  /** Compiles for any kernels: without regions. */
  public static Compiled of(
      SameDiff graph,
      Collection<String> outputs,
      Optional<Objective> objective,
      Function<String, long[]> placeholders) {
    return of(graph, outputs, objective, placeholders, false);
  }

  /**
   * Compiles.
   *
   * @param placeholders shapes of placeholders, by name
   * @param regions whether there are kernels for regions
   */
  public static Compiled of(
      SameDiff graph,
      Collection<String> outputs,
      Optional<Objective> objective,
      Function<String, long[]> placeholders,
      boolean regions) {
    Program program = new Program();
    Lowering lowering = new Lowering(graph, program, placeholders);
    List<String> wanted = new ArrayList<>();
    objective.ifPresent(o -> wanted.add(o.loss()));
    objective.ifPresent(o -> lowering.differentiate(o.trainables()));
    outputs.stream().filter(o -> !wanted.contains(o)).forEach(wanted::add);
    lowering.lower(wanted);
    Map<String, Value> values = new LinkedHashMap<>();
    wanted.forEach(w -> values.put(w, lowering.value(w)));
    Set<Root> kept = new HashSet<>();
    values.values().forEach(v -> kept.add(v.root()));
    Padding.apply(program, kept);
    Selection.apply(program, kept);
    Map<Root, Root> renamed = Sums.simplify(program, kept);
    values.replaceAll((name, value) -> Sums.renamed(value, renamed));
    values.values().forEach(v -> kept.add(v.root()));

    Map<String, Value> gradients = new LinkedHashMap<>();
    if (objective.isPresent()) {
      Objective o = objective.get();
      Map<String, Value> leaves = new LinkedHashMap<>();
      o.trainables().forEach(t -> leaves.put(t, lowering.value(t)));
      int boundary = program.instructions().size();
      gradients.putAll(Backward.add(program, values.get(o.loss()), leaves));
      gradients.values().forEach(g -> kept.add(g.root()));
      Batching.Result batched = Batching.apply(program, boundary, kept);
      forget(
          program,
          batched.boundary(),
          o.activations(),
          name -> batched.root(Sums.renamed(lowering.value(name), renamed).root()));
    } else {
      Batching.apply(program, program.instructions().size(), kept);
    }
    Map<String, Value> results = new LinkedHashMap<>();
    outputs.forEach(o -> results.put(o, program.plain(values.get(o))));
    detach(program);
    if (regions) {
      Stream.of(results, gradients)
          .flatMap(m -> m.values().stream())
          .forEach(v -> kept.add(v.root()));
      Regions.form(program, kept);
    }
    List<Value> kepts = new ArrayList<>(results.values());
    kepts.addAll(gradients.values());
    Allocation allocation = Allocation.of(program.instructions(), lowering.feeds().values(), kepts);
    return new Compiled(program, lowering.feeds(), results, gradients, allocation);
  }

  private static void forget(
      Program program, int boundary, Activations activations, Function<String, Root> rootOf) {
    switch (activations.policy()) {
      case KEEP -> {}
      case CHEAP -> Recomputation.ofCheapValues(program, boundary);
      case CHECKPOINT ->
          Recomputation.betweenCheckpoints(
              program,
              boundary,
              activations.checkpoints().stream().map(rootOf).collect(Collectors.toSet()));
    }
  }

  /** Once gradients are made, what lets none through is a move. */
  private static void detach(Program program) {
    program.replace(
        program.instructions().stream()
            .map(
                i ->
                    i.operation() instanceof Operation.Detach
                        ? new Instruction(
                            new Operation.Move(false), i.inputs(), i.outputs(), i.name())
                        : i)
            .toList());
  }
}
