package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Faster kernels for FLOAT on the CPU back end, for what ND4J is slow at; the rest it leaves to the
 * next provider.
 *
 * <p>Any number of threads gives the same bits. A kernel is for one thread at a time, a provider
 * for many.
 */
public final class CpuKernels implements KernelProvider {
  /** Binds one kind of operation, or leaves it. */
  private interface Rule<T extends Operation> {
    Optional<Kernel> bind(T operation, Instruction instruction, Memory memory);
  }

  private final Map<Class<? extends Operation>, Rule<Operation>> rules = new HashMap<>();

  private CpuKernels(int threads) {
    Parallel parallel = Parallel.of(threads);
    CpuActivations activations = new CpuActivations(parallel);
    rule(Operation.Gelu.class, (o, i, m) -> Optional.of(activations.gelu(i, m)));
    rule(Operation.GeluGradient.class, (o, i, m) -> Optional.of(activations.geluGradient(i, m)));
    rule(Operation.Relu.class, (o, i, m) -> Optional.of(activations.relu(i, m)));
    rule(Operation.ReluGradient.class, (o, i, m) -> Optional.of(activations.reluGradient(i, m)));
    CpuArithmetic arithmetic = new CpuArithmetic(parallel);
    rule(Operation.Binary.class, (o, i, m) -> Optional.of(arithmetic.binary(o, i, m)));
    rule(Operation.Fill.class, (o, i, m) -> Optional.of(arithmetic.fill(o, i, m)));
    rule(Operation.Sum.class, arithmetic::sum);
    CpuRegions regions = new CpuRegions(parallel);
    rule(Operation.Region.class, (o, i, m) -> Optional.of(regions.region(o, i, m)));
    CpuNorms norms = new CpuNorms(parallel);
    rule(Operation.LayerNorm.class, (o, i, m) -> Optional.of(norms.layerNorm(o, i, m)));
    rule(
        Operation.LayerNormGradient.class,
        (o, i, m) -> Optional.of(norms.layerNormGradient(o, i, m)));
    rule(
        Operation.LayerNormFullGradient.class,
        (o, i, m) -> Optional.of(norms.layerNormFullGradient(o, i, m)));
    rule(
        Operation.LayerNormParameterGradient.class,
        (o, i, m) -> Optional.of(norms.layerNormParameterGradient(o, i, m)));
    rule(Operation.SoftmaxGradient.class, (o, i, m) -> Optional.of(norms.softmaxGradient(o, i, m)));
    CpuBatchNorms batchNorms = new CpuBatchNorms(parallel);
    rule(Operation.BatchNorm.class, (o, i, m) -> Optional.of(batchNorms.batchNorm(o, i, m)));
    rule(
        Operation.BatchNormGradient.class,
        (o, i, m) -> Optional.of(batchNorms.batchNormGradient(o, i, m)));
    CpuLikelihoods likelihoods = new CpuLikelihoods(parallel);
    rule(Operation.LogLikelihood.class, (o, i, m) -> Optional.of(likelihoods.likelihood(o, i, m)));
    rule(
        Operation.LogLikelihoodGradient.class,
        (o, i, m) -> Optional.of(likelihoods.gradient(o, i, m)));
    CpuMoves moves = new CpuMoves(parallel);
    rule(Operation.Move.class, (o, i, m) -> moves.move(o.accumulates(), i, m));
    rule(Operation.Detach.class, (o, i, m) -> moves.move(false, i, m));
    rule(Operation.MatMul.class, new CpuProducts(parallel)::matMul);
  }

  private <T extends Operation> void rule(Class<T> type, Rule<T> rule) {
    rules.put(type, (operation, i, m) -> rule.bind(type.cast(operation), i, m));
  }

  /**
   * The provider, if ND4J's back end is the CPU one.
   *
   * @param threads how many threads a kernel may use
   */
  public static Optional<KernelProvider> find(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be 1 or more, not " + threads);
    }
    return Host.isBackend() ? Optional.of(new CpuKernels(threads)) : Optional.empty();
  }

  @Override
  public boolean takesRegions() {
    return true;
  }

  @Override
  public Optional<Kernel> kernel(Instruction instruction, Memory memory) {
    Operation operation = instruction.operation();
    Rule<Operation> rule = rules.get(operation.getClass());
    return rule == null || !Host.reaches(instruction)
        ? Optional.empty()
        : rule.bind(operation, instruction, memory);
  }
}
