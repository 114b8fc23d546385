package io.peft4j.benchmarks.kernel;

import io.peft4j.graph.natives.NativeSetup;
import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.kernel.CpuKernels;
import io.peft4j.graph.plan.kernel.Kernel;
import io.peft4j.graph.plan.kernel.KernelProvider;
import io.peft4j.graph.plan.kernel.ReferenceKernels;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Kernels of a plan in the shapes of Swin-T's first stage at 224² and batch 4, by provider. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PlanKernelBenchmark {
  /** What is computed. */
  @Param public StageKernel kernel = StageKernel.GELU;

  /** Whose kernel computes it. */
  @Param({"cpu", "reference"})
  public String provider = "";

  private Kernel bound = () -> {};

  /**
   * Binds the kernel; threads as the machine has processors, fewer by {@code
   * -XX:ActiveProcessorCount}.
   */
  @Setup
  public void bind() {
    NativeSetup.prepare();
    int threads = Runtime.getRuntime().availableProcessors();
    KernelProvider reference = ReferenceKernels.create();
    KernelProvider chosen =
        provider.equals("cpu") ? CpuKernels.find(threads).orElseThrow() : reference;
    Instruction instruction = kernel.instruction();
    BenchMemory memory = new BenchMemory();
    // What a provider has no kernel for is the next one's, as in an executor.
    bound =
        chosen
            .kernel(instruction, memory)
            .or(() -> reference.kernel(instruction, memory))
            .orElseThrow();
  }

  /** One run. */
  @Benchmark
  public void run() {
    bound.run();
  }
}
