package io.peft4j.graph.plan.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/**
 * OpenBLAS as it comes with ND4J's CPU back end, looked up by name: with the CUDA back end it is
 * not there.
 */
final class Cblas {
  static final int ROW_MAJOR = 101;
  static final int PLAIN = 111;
  static final int TRANSPOSED = 112;

  private static final @Nullable MethodHandle SGEMM = find();

  private Cblas() {}

  private static @Nullable MethodHandle find() {
    Class<?> i = int.class;
    Class<?> f = float.class;
    Class<?> p = FloatPointer.class;
    MethodType type = MethodType.methodType(void.class, i, i, i, i, i, i, f, p, i, p, i, f, p, i);
    try {
      Class<?> openblas = Class.forName("org.bytedeco.openblas.global.openblas");
      return MethodHandles.publicLookup().findStatic(openblas, "cblas_sgemm", type);
    } catch (ReflectiveOperationException | LinkageError e) {
      return null;
    }
  }

  static boolean isPresent() {
    return SGEMM != null;
  }

  /** {@code c = alpha·op(a) op(b) + beta·c} in row-major order, from the positions of pointers. */
  static void gemm(
      int transposeA,
      int transposeB,
      int m,
      int n,
      int k,
      float alpha,
      FloatPointer a,
      int strideA,
      FloatPointer b,
      int strideB,
      float beta,
      FloatPointer c,
      int strideC) {
    MethodHandle sgemm = SGEMM;
    if (sgemm == null) {
      throw new IllegalStateException("OpenBLAS is not on the class path");
    }
    try {
      sgemm.invokeExact(
          ROW_MAJOR,
          transposeA,
          transposeB,
          m,
          n,
          k,
          alpha,
          a,
          strideA,
          b,
          strideB,
          beta,
          c,
          strideC);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
