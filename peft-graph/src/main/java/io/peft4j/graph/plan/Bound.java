package io.peft4j.graph.plan;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Value;
import io.peft4j.graph.plan.kernel.Kernel;
import io.peft4j.graph.plan.kernel.KernelProvider;
import io.peft4j.graph.plan.kernel.Memory;
import io.peft4j.graph.plan.memory.Arena;
import io.peft4j.graph.plan.memory.ArenaMemory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A compiled plan with its memory and kernels, ready to run. */
final class Bound {
  private final Kernel[] kernels;
  private final List<Instruction> program;
  private final long[] nanos;
  private long measured;
  private final Map<String, INDArray> feeds;
  private final Map<String, INDArray> outputs;
  private final Map<String, INDArray> gradients;

  Bound(Compiled plan, Arena arena, List<KernelProvider> providers) {
    Memory memory = new ArenaMemory(arena, plan.allocation());
    program = plan.program().instructions();
    nanos = new long[program.size()];
    kernels = new Kernel[program.size()];
    for (int i = 0; i < kernels.length; i++) {
      kernels[i] = kernel(program.get(i), memory, providers);
    }
    feeds = arrays(plan.feeds(), memory);
    outputs = arrays(plan.outputs(), memory);
    gradients = arrays(plan.gradients(), memory);
  }

  private static Kernel kernel(
      Instruction instruction, Memory memory, List<KernelProvider> providers) {
    return providers.stream()
        .map(p -> p.kernel(instruction, memory))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no kernel for " + instruction));
  }

  private static Map<String, INDArray> arrays(Map<String, Value> values, Memory memory) {
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    values.forEach((name, value) -> arrays.put(name, memory.array(value)));
    return arrays;
  }

  /** Fills the inputs and runs all instructions. */
  void run(Map<String, INDArray> inputs) {
    feeds.forEach((name, array) -> array.assign(inputs.get(name)));
    for (Kernel kernel : kernels) {
      kernel.run();
    }
  }

  /** As {@link #run}, with a clock beside it. */
  void measure(Map<String, INDArray> inputs) {
    feeds.forEach((name, array) -> array.assign(inputs.get(name)));
    long before = System.nanoTime();
    for (int i = 0; i < kernels.length; i++) {
      kernels[i].run();
      long now = System.nanoTime();
      nanos[i] += now - before;
      before = now;
    }
    measured++;
  }

  Profile profile() {
    List<Profile.Line> lines = new ArrayList<>();
    for (int i = 0; i < nanos.length; i++) {
      lines.add(new Profile.Line(program.get(i), nanos[i]));
    }
    return new Profile(measured, lines);
  }

  Map<String, INDArray> outputs() {
    return outputs;
  }

  Map<String, INDArray> gradients() {
    return gradients;
  }
}
