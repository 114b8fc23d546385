package io.peft4j.graph.plan.kernel;

import io.peft4j.graph.plan.ir.Instruction;
import io.peft4j.graph.plan.ir.Operation;
import io.peft4j.graph.plan.ir.Strided;
import io.peft4j.graph.plan.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Products of small matrices, one or many as attention has them: one BLAS call each, where they
 * lie, shared among threads. ND4J makes copies of strided ones, does not share them, and needs ten
 * times as long as the product itself to start a small one. Large products of two matrices are left
 * to it.
 */
final class CpuProducts {
  /** From here on OpenBLAS shares a product among its own threads. */
  private static final long LARGE = 1 << 18;

  /** Multiplications that are worth waking other threads for. */
  private static final long WORTH = 1 << 20;

  /** From here on one of many is worth a call of oneDNN, which knows newer processors. */
  private static final long HUGE = 1 << 22;

  private final Parallel parallel;

  CpuProducts(Parallel parallel) {
    this.parallel = parallel;
  }

  Optional<Kernel> matMul(Operation.MatMul product, Instruction instruction, Memory memory) {
    boolean unscaled = instruction.inputs().stream().allMatch(v -> v.scale() == 1);
    boolean one = instruction.output().shape().length < 3;
    long multiplications = multiplications(product, instruction);
    if (!Cblas.isPresent() || !unscaled || one && multiplications >= LARGE) {
      return Optional.empty();
    }
    if (multiplications >= HUGE) {
      return Optional.of(oneByOne(product, instruction, memory));
    }
    Optional<Matrices> a = Matrices.of(instruction.input(0));
    Optional<Matrices> b = Matrices.of(instruction.input(1));
    Optional<Matrices> c = Matrices.of(instruction.output());
    boolean bound = a.isPresent() && b.isPresent() && c.isPresent();
    return bound
        ? Optional.of(bind(product, instruction, memory, a.get(), b.get(), c.get()))
        : Optional.empty();
  }

  /** Of one pair of matrices. */
  private static long multiplications(Operation.MatMul product, Instruction instruction) {
    long[] c = instruction.output().shape();
    long[] a = instruction.input(0).shape();
    int last = c.length - 1;
    return c[last] * c[last - 1] * a[product.transposeA() ? last - 1 : last];
  }

  /** ND4J calls oneDNN for two matrices, but OpenBLAS for more. */
  private static Kernel oneByOne(Operation.MatMul product, Instruction instruction, Memory memory) {
    List<INDArray> a = matrices(instruction.input(0), memory);
    List<INDArray> b = matrices(instruction.input(1), memory);
    List<INDArray> c = matrices(instruction.output(), memory);
    double beta = product.accumulates() ? 1 : 0;
    Calls calls = new Calls();
    for (int i = 0; i < c.size(); i++) {
      calls.product(
          product.transposeA(),
          product.transposeB(),
          product.alpha(),
          a.get(i),
          b.get(i),
          beta,
          c.get(i));
    }
    return calls;
  }

  private static List<INDArray> matrices(Value value, Memory memory) {
    long[] shape = value.shape();
    int batch = shape.length - 2;
    long[] size = shape.clone();
    Arrays.fill(size, 0, batch, 1);
    long[] step = new long[shape.length];
    Arrays.fill(step, 1);
    List<INDArray> matrices = new ArrayList<>();
    long count = Arrays.stream(shape, 0, batch).reduce(1, Math::multiplyExact);
    for (long i = 0; i < count; i++) {
      long[] begin = new long[shape.length];
      long rest = i;
      for (int axis = batch - 1; axis >= 0; axis--) {
        begin[axis] = rest % shape[axis];
        rest /= shape[axis];
      }
      matrices.add(
          memory.array(value.slice(begin, size, step).reshape(shape[batch], shape[batch + 1])));
    }
    return matrices;
  }

  private Kernel bind(
      Operation.MatMul product,
      Instruction instruction,
      Memory memory,
      Matrices a,
      Matrices b,
      Matrices c) {
    boolean transposeA = product.transposeA() ^ a.turned;
    boolean transposeB = product.transposeB() ^ b.turned;
    long[] shape = instruction.output().shape();
    int m = Math.toIntExact(shape[shape.length - 2]);
    int n = Math.toIntExact(shape[shape.length - 1]);
    int k = product.transposeA() ? a.rows : a.columns;
    Task task =
        // The transposed result is the product of the transposed factors in the other order.
        c.turned
            ? new Task(product, n, m, k, b, !transposeB, a, !transposeA, c)
            : new Task(product, m, n, k, a, transposeA, b, transposeB, c);
    int count = c.starts.length;
    long each = (long) m * n * k;
    boolean worth = each < LARGE && each * count >= WORTH;
    // A pointer has a position, so those that run at once must not share one.
    FloatPointer[][] pointers = new FloatPointer[parallel.lanes(worth)][];
    for (int lane = 0; lane < pointers.length; lane++) {
      FloatPointer left = Host.pointer(memory.flat(instruction.input(0).root()));
      FloatPointer right = Host.pointer(memory.flat(instruction.input(1).root()));
      FloatPointer result = Host.pointer(memory.flat(instruction.output().root()));
      pointers[lane] =
          c.turned
              ? new FloatPointer[] {right, left, result}
              : new FloatPointer[] {left, right, result};
    }
    Parallel.Body body = (from, to, part) -> task.run(from, to, pointers[part % pointers.length]);
    return () -> parallel.loop(count, worth, body);
  }

  private record Task(
      Operation.MatMul product,
      int m,
      int n,
      int k,
      Matrices a,
      boolean transposeA,
      Matrices b,
      boolean transposeB,
      Matrices c) {
    void run(int from, int to, FloatPointer... at) {
      int left = transposeA ? Cblas.TRANSPOSED : Cblas.PLAIN;
      int right = transposeB ? Cblas.TRANSPOSED : Cblas.PLAIN;
      float alpha = (float) product.alpha();
      float beta = product.accumulates() ? 1 : 0;
      for (int i = from; i < to; i++) {
        at[0].position(a.starts[i]);
        at[1].position(b.starts[i]);
        at[2].position(c.starts[i]);
        Cblas.gemm(
            left, right, m, n, k, alpha, at[0], a.stride, at[1], b.stride, beta, at[2], c.stride);
      }
    }
  }

  /** Where the matrices of a value lie, as BLAS wants to know it. */
  private static final class Matrices {
    final int[] starts;
    final int rows;
    final int columns;
    final int stride;
    final boolean turned;

    private Matrices(int[] starts, int rows, int columns, int stride, boolean turned) {
      this.starts = starts;
      this.rows = rows;
      this.columns = columns;
      this.stride = stride;
      this.turned = turned;
    }

    static Optional<Matrices> of(Value value) {
      if (!(value.layout() instanceof Strided layout)) {
        return Optional.empty();
      }
      long[] shape = layout.shape();
      long[] stride = layout.stride();
      int batch = shape.length - 2;
      int rows = Math.toIntExact(shape[batch]);
      int columns = Math.toIntExact(shape[batch + 1]);
      int[] starts =
          Strided.of(layout.offset(), Arrays.copyOf(shape, batch), Arrays.copyOf(stride, batch))
              .indexed()
              .cut(1)
              .starts();
      long down = rows == 1 ? columns : stride[batch];
      long across = columns == 1 ? rows : stride[batch + 1];
      if ((across == 1 || columns == 1) && down >= columns) {
        return Optional.of(new Matrices(starts, rows, columns, Math.toIntExact(down), false));
      }
      if ((down == 1 || rows == 1) && across >= rows) {
        return Optional.of(new Matrices(starts, rows, columns, Math.toIntExact(across), true));
      }
      return Optional.empty();
    }
  }
}
