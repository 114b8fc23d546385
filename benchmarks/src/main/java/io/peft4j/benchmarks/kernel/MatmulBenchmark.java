package io.peft4j.benchmarks.kernel;

import io.peft4j.graph.natives.NativeSetup;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;
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

/** Matrix products of Swin-T at 224² and batch 4, by ND4J's operation: {@code rows x in x out}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MatmulBenchmark {
  /** Rows, inputs and outputs: qkv and fc1 of the first stage, fc1 of the third, LoRA's A and B. */
  @Param({
    "12544x96x288",
    "12544x96x384",
    "784x384x1536",
    "196x768x3072",
    "12544x96x8",
    "12544x8x288"
  })
  public String shape = "";

  static {
    // before ND4J loads
    NativeSetup.prepare();
  }

  private final CustomOp op = DynamicCustomOp.builder("matmul").build();
  private OpContext context = Nd4j.getExecutioner().buildContext();

  /** Makes the arrays; the weight is stored {@code [out, in]}. */
  @Setup
  public void arrays() {
    int[] sizes = Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
    context = Nd4j.getExecutioner().buildContext();
    context.setInputArray(0, Nd4j.rand(sizes[0], sizes[1]));
    context.setInputArray(1, Nd4j.rand(sizes[2], sizes[1]));
    context.setOutputArray(0, Nd4j.create(sizes[0], sizes[2]));
    context.setIArguments(0, 1, 0);
    context.setTArguments(1, 0);
  }

  /** The product. */
  @Benchmark
  public INDArray[] product() {
    return Nd4j.getExecutioner().exec(op, context);
  }
}
