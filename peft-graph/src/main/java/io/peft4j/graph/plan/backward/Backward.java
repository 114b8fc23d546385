package io.peft4j.graph.plan.backward;

import com.google.common.collect.ImmutableMap;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Program;
import io.peft4j.graph.plan.ir.Root;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Adds to a program what computes the gradients of a loss. Only what leads from the loss to a
 * trainable has a gradient: a frozen factor costs nothing.
 */
public final class Backward {
  private static final ImmutableMap<Class<? extends Operation>, VjpRule<? extends Operation>>
      RULES =
          ImmutableMap.<Class<? extends Operation>, VjpRule<? extends Operation>>builder()
              .put(Operation.MatMul.class, new MatMulVjp())
              .put(Operation.Move.class, new MoveVjp())
              .put(Operation.Binary.class, new BinaryVjp())
              .put(Operation.Gelu.class, new GeluVjp())
              .put(Operation.Relu.class, new ReluVjp())
              .put(Operation.Softmax.class, new SoftmaxVjp())
              .put(Operation.LayerNorm.class, new LayerNormVjp())
              .put(Operation.BatchNorm.class, new BatchNormVjp())
              .put(Operation.LogLikelihood.class, new LogLikelihoodVjp())
              .put(Operation.External.class, new ExternalVjp())
              .build();

  private Backward() {}

  /**
   * Adds the backward instructions.
   *
   * @param loss the value to differentiate; if it has several elements, their sum
   * @param trainables leaves, by name
   * @return gradients, plain and in the shapes of the trainables
   * @throws IllegalStateException if no gradient reaches a trainable
   */
  public static Map<String, Value> add(Program program, Value loss, Map<String, Value> trainables) {
    List<Instruction> forward = new ArrayList<>(program.instructions());
    List<Root> leaves = trainables.values().stream().map(Value::root).toList();
    Gradients gradients = new Gradients(program, new Flow(forward, leaves, loss.root()));
    gradients.seed(loss.unscaled());
    for (int i = forward.size() - 1; i >= 0; i--) {
      Instruction next = forward.get(i);
      boolean flows =
          next.outputs().stream().anyMatch(v -> gradients.wanted(v) && gradients.of(v) != null);
      if (flows) {
        apply(next, gradients);
      }
    }
    Map<String, Value> result = new LinkedHashMap<>();
    trainables.forEach(
        (name, leaf) -> {
          @Nullable Value gradient = gradients.of(leaf);
          if (gradient == null) {
            throw new IllegalStateException("no gradient reaches '" + name + "'");
          }
          result.put(name, program.plain(gradient.times(loss.scale())));
        });
    return result;
  }

  @SuppressWarnings("unchecked") // the table pairs each class with its rule
  private static void apply(Instruction instruction, Gradients gradients) {
    Operation operation = instruction.operation();
    VjpRule<Operation> rule = (VjpRule<Operation>) RULES.get(operation.getClass());
    if (rule != null) {
      rule.apply(operation, instruction, gradients);
    }
  }
}
