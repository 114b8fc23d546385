package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Every operation by ND4J operations alone: any backend, FLOAT and DOUBLE. What faster kernels are
 * held against.
 *
 * <p>Kernels of one provider share scratch memory, so one thread at a time may run them.
 */
public final class ReferenceKernels implements KernelProvider {
  /** Binds one kind of operation. */
  private interface Rule<T extends Operation> {
    Kernel bind(T operation, Instruction instruction, Memory memory);
  }

  private final Map<Class<? extends Operation>, Rule<Operation>> rules = new HashMap<>();

  private ReferenceKernels() {
    Scratch scratch = new Scratch();
    ReferenceProducts products = new ReferenceProducts(scratch);
    rule(Operation.MatMul.class, products::matMul);
    rule(Operation.Sum.class, products::sum);
    ReferenceMoves moves = new ReferenceMoves(scratch);
    rule(Operation.Move.class, (o, i, m) -> moves.move(o.accumulates(), i, m));
    rule(Operation.Detach.class, (o, i, m) -> moves.move(false, i, m));
    ReferenceElementwise elementwise = new ReferenceElementwise(scratch);
    rule(Operation.Fill.class, elementwise::fill);
    rule(Operation.Binary.class, elementwise::binary);
    rule(Operation.Gelu.class, (o, i, m) -> elementwise.gelu(i, m));
    rule(Operation.GeluGradient.class, (o, i, m) -> elementwise.geluGradient(i, m));
    rule(Operation.Relu.class, (o, i, m) -> elementwise.relu(i, m));
    rule(Operation.ReluGradient.class, (o, i, m) -> elementwise.reluGradient(i, m));
    ReferenceNorms norms = new ReferenceNorms(scratch);
    rule(Operation.Softmax.class, norms::softmax);
    rule(Operation.SoftmaxGradient.class, norms::softmaxGradient);
    rule(Operation.LayerNorm.class, norms::layerNorm);
    rule(Operation.LayerNormGradient.class, norms::layerNormGradient);
    rule(Operation.LayerNormParameterGradient.class, norms::layerNormParameterGradient);
    rule(Operation.LayerNormFullGradient.class, norms::layerNormFullGradient);
    ReferenceBatchNorms batchNorms = new ReferenceBatchNorms(scratch);
    rule(Operation.BatchNorm.class, batchNorms::batchNorm);
    rule(Operation.BatchNormGradient.class, batchNorms::batchNormGradient);
    ReferenceLikelihoods likelihoods = new ReferenceLikelihoods(scratch);
    rule(Operation.LogLikelihood.class, likelihoods::likelihood);
    rule(Operation.LogLikelihoodGradient.class, likelihoods::gradient);
    rule(Operation.External.class, ExternalKernel::new);
  }

  /** A provider for one plan, or for plans that never run at the same time. */
  public static ReferenceKernels create() {
    return new ReferenceKernels();
  }

  private <T extends Operation> void rule(Class<T> type, Rule<T> rule) {
    rules.put(type, (operation, i, m) -> rule.bind(type.cast(operation), i, m));
  }

  /** The kernel; there always is one. */
  @Override
  public Optional<Kernel> kernel(Instruction instruction, Memory memory) {
    Operation operation = instruction.operation();
    Rule<Operation> rule = rules.get(operation.getClass());
    if (rule == null) {
      throw new IllegalStateException("no reference kernel for " + operation);
    }
    return Optional.of(rule.bind(operation, instruction, memory));
  }
}
