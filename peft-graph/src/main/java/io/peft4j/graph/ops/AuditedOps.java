package io.peft4j.graph.ops;

import io.peft4j.api.method.Ops;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.controlflow.compat.StopGradient;
import org.nd4j.linalg.factory.Nd4j;

/**
 * {@link Ops} on one SameDiff graph, composed only from operations of the {@link OpCatalogue}.
 *
 * <p>No method needs a known batch size. Axes count from 0; only {@link #sum}, {@link #mean} take
 * negative ones. Constants that a method needs are made once per graph and named {@code const.…}.
 */
public final class AuditedOps implements Ops {
  private static final double SQRT_HALF = Math.sqrt(0.5);

  private final SameDiff sd;
  private final ShapeInference shapes;
  private final Reductions reductions;

  /** Operations that add to {@code sd}. */
  public AuditedOps(SameDiff sd) {
    this.sd = sd;
    this.shapes = ShapeInference.of(sd, Map.of());
    this.reductions = new Reductions(sd, shapes, this::made);
  }

  /**
   * {@inheritDoc}
   *
   * <p>One output is a case of its own: SameDiff's gradient of a transposed product with one
   * element is wrong, and of one element by one it fails.
   */
  @Override
  public SDVariable linear(SDVariable x, SDVariable w) {
    long[] shape = shapes.shape(w.name());
    if (shape[0] != 1) {
      return sd.mmul(x, w, false, true, false);
    }
    return shape[1] == 1 ? x.mul(w) : sd.mmul(x, w.reshape(shape[1], 1));
  }

  @Override
  public SDVariable linear(SDVariable x, SDVariable w, SDVariable b) {
    return linear(x, w).add(b);
  }

  @Override
  public SDVariable matmul(SDVariable a, SDVariable b, boolean transposeA, boolean transposeB) {
    return sd.mmul(a, b, transposeA, transposeB, false);
  }

  /**
   * Layer norm (Ba et al. 2016, eq. 4), {@code (x - μ)/√(σ² + ε)·g + o}.
   *
   * <p>SameDiff's own has no ε inside the root and a slow gradient. Rows are flattened, so that the
   * means are matrix products.
   */
  @Override
  public SDVariable layerNorm(SDVariable x, SDVariable gain, SDVariable offset, double eps) {
    long[] shape = shapes.shape(x.name());
    int last = shape.length - 1;
    boolean flat = shape.length != 2 && canRestore(shape) && shape[last] != Dims.UNKNOWN;
    SDVariable rows = flat ? x.reshape(-1, shape[last]) : x;
    int axis = flat ? 1 : last;
    SDVariable centred = rows.sub(mean(rows, true, axis));
    SDVariable variance = mean(square(centred), true, axis);
    SDVariable normed = scaleByDeviation(centred, variance, eps).mul(gain).add(offset);
    return flat ? normed.reshape(shape) : normed;
  }

  /** One unknown size can be left to reshape. */
  private static boolean canRestore(long[] shape) {
    return Arrays.stream(shape).filter(d -> d == Dims.UNKNOWN).count() <= 1;
  }

  /**
   * Batch norm (Ioffe and Szegedy 2015, algorithm 1) whose statistics are {@code running +
   * training·(batch - running)}: one graph serves both modes.
   */
  @Override
  public BatchNorm batchNorm(
      SDVariable x,
      SDVariable gain,
      SDVariable offset,
      SDVariable runningMean,
      SDVariable runningVariance,
      SDVariable training,
      double eps) {
    SDVariable batchMean = mean(x, true, 0);
    SDVariable batchVariance = mean(square(x.sub(batchMean)), true, 0);
    SDVariable mean = runningMean.add(batchMean.sub(runningMean).mul(training));
    SDVariable variance = runningVariance.add(batchVariance.sub(runningVariance).mul(training));
    SDVariable output = scaleByDeviation(x.sub(mean), variance, eps).mul(gain).add(offset);
    return new BatchNorm(output, batchMean, batchVariance);
  }

  /** By a product, as the gradient of a quotient is wrong for a divisor of one element. */
  private SDVariable scaleByDeviation(SDVariable centred, SDVariable variance, double eps) {
    return centred.mul(sqrt(variance.add(eps)).rdiv(1.0));
  }

  /** Exact GELU (Hendrycks and Gimpel 2016, eq. in section 2); SameDiff's are approximations. */
  @Override
  public SDVariable gelu(SDVariable x) {
    return sd.math().erf(x.mul(SQRT_HALF)).add(1.0).mul(x).mul(0.5);
  }

  @Override
  public SDVariable relu(SDVariable x) {
    return sd.nn().relu(x, 0.0);
  }

  @Override
  public SDVariable sigmoid(SDVariable x) {
    return sd.nn().sigmoid(x);
  }

  @Override
  public SDVariable tanh(SDVariable x) {
    return sd.nn().tanh(x);
  }

  @Override
  public SDVariable silu(SDVariable x) {
    return x.mul(sigmoid(x));
  }

  @Override
  public SDVariable exp(SDVariable x) {
    return sd.math().exp(x);
  }

  @Override
  public SDVariable log(SDVariable x) {
    return sd.math().log(x);
  }

  /**
   * {@code m + log(e^-m + e^(x-m))} for any m; here m is the whole part of max(x, 0), so that no
   * exponent exceeds 1. The value does not depend on m, so the gradient is sigmoid(x), at 0 too.
   */
  @Override
  public SDVariable softplus(SDVariable x) {
    SDVariable m = wholePart(relu(x));
    return log(exp(m.neg()).add(exp(x.sub(m)))).add(m);
  }

  /**
   * The whole part, as a constant for the gradient: SameDiff does not go back through a cast to an
   * integer, whereas behind stop_gradient it computes gradients that are zero.
   */
  private SDVariable wholePart(SDVariable x) {
    return x.castTo(DataType.INT64).castTo(x.dataType());
  }

  /** As a product: the gradient of SameDiff's square takes longer. */
  @Override
  public SDVariable square(SDVariable x) {
    return x.mul(x);
  }

  @Override
  public SDVariable sqrt(SDVariable x) {
    return sd.math().sqrt(x);
  }

  @Override
  public SDVariable abs(SDVariable x) {
    return sd.math().abs(x);
  }

  @Override
  public SDVariable softmax(SDVariable x) {
    return sd.nn().softmax(x, -1);
  }

  /** The whole part of the maximum shifts as well as the maximum, and needs no gradient. */
  @Override
  public SDVariable logSoftmax(SDVariable x, int axis) {
    int along = Dims.axis(axis, shapes.shape(x.name()).length);
    SDVariable shifted = x.sub(wholePart(reductions.max(x, along)));
    return shifted.sub(log(sum(exp(shifted), true, along)));
  }

  @Override
  public SDVariable sum(SDVariable x, boolean keepDims, int... axes) {
    return reductions.sum(x, keepDims, axes);
  }

  @Override
  public SDVariable mean(SDVariable x, boolean keepDims, int... axes) {
    return reductions.mean(x, keepDims, axes);
  }

  @Override
  public SDVariable stopGradient(SDVariable x) {
    return new StopGradient(sd, x).outputVariable();
  }

  /** Not by strided_slice, whose gradient is wrong where all other dimensions are 1. */
  @Override
  public SDVariable slice(SDVariable x, int axis, long from, long to) {
    int rank = shapes.shape(x.name()).length;
    if (axis < 0 || axis >= rank || from < 0 || to <= from) {
      throw new IllegalArgumentException(
          "slice of '%s' of rank %d: axis %d and range [%d, %d) must be from 0 and not empty"
              .formatted(x.name(), rank, axis, from, to));
    }
    int[] begin = new int[rank];
    int[] size = new int[rank];
    Arrays.fill(size, -1); // all that follows begin
    begin[axis] = Math.toIntExact(from);
    size[axis] = Math.toIntExact(to - from);
    return sd.slice(x, begin, size);
  }

  @Override
  public SDVariable concat(int axis, SDVariable... parts) {
    return parts.length == 1 ? parts[0] : sd.concat(axis, parts);
  }

  @Override
  public SDVariable roll(SDVariable x, int axis, int by, int size) {
    int start = Math.floorMod(-by, size);
    return start == 0 ? x : concat(axis, slice(x, axis, start, size), slice(x, axis, 0, start));
  }

  @Override
  public SDVariable padEnd(SDVariable x, int axis, int size, int to, int rank) {
    if (axis < 0 || axis >= rank || to < size) {
      throw new IllegalArgumentException(
          "padding of '%s': axis %d of %d, from %d to %d"
              .formatted(x.name(), axis, rank, size, to));
    }
    if (to == size) {
      return x;
    }
    String name = "const.pad.%d.%d.%d".formatted(rank, axis, to - size);
    SDVariable paddings =
        made(
            name,
            DataType.INT32,
            () -> {
              int[][] widths = new int[rank][2];
              widths[axis][1] = to - size;
              return Nd4j.createFromArray(widths);
            });
    return sd.nn().pad(x, paddings, PadMode.CONSTANT, 0.0);
  }

  /**
   * {@code R_h x R_wᵀ} with constant matrices.
   *
   * <p>Both products run on 2-D or batched operands with the small matrix on the right.
   */
  @Override
  public SDVariable resizeBilinear(SDVariable x, int height, int width, int toHeight, int toWidth) {
    SDVariable y = x;
    // Columns first: what is transposed for them is smaller than the result.
    if (height != toHeight) {
      SDVariable columns = y.permute(0, 2, 1).reshape(-1, height);
      y =
          linear(columns, bilinear(height, toHeight, x.dataType()))
              .reshape(-1, width, toHeight)
              .permute(0, 2, 1);
    }
    if (width != toWidth) {
      SDVariable flat = y.reshape(-1, width);
      y = linear(flat, bilinear(width, toWidth, x.dataType())).reshape(-1, toHeight, toWidth);
    }
    return y;
  }

  private SDVariable bilinear(int from, int to, DataType type) {
    return made(
        "const.bilinear.%d.%d".formatted(from, to),
        type,
        () -> Nd4j.createFromArray(bilinearMatrix(from, to)).castTo(type));
  }

  /**
   * The matrix {@code [to, from]} of a bilinear resize of one axis as PyTorch's {@code interpolate}
   * with align_corners false: {@code source = max(0, (i + ½)·from/to - ½)}, neighbours clamped.
   */
  static double[][] bilinearMatrix(int from, int to) {
    double[][] matrix = new double[to][from];
    double scale = (double) from / to;
    for (int i = 0; i < to; i++) {
      double source = Math.max(0, (i + 0.5) * scale - 0.5);
      int low = Math.min((int) source, from - 1);
      int high = Math.min(low + 1, from - 1);
      double weight = source - low;
      matrix[i][low] += 1 - weight;
      matrix[i][high] += weight;
    }
    return matrix;
  }

  @Override
  public SDVariable lookup(String name, SDVariable table, int entries, int[] index) {
    DataType type = table.dataType();
    SDVariable oneHot = made(name, type, () -> oneHot(type, entries, index));
    return sd.mmul(oneHot, table);
  }

  private static INDArray oneHot(DataType type, int entries, int[] index) {
    INDArray rows = Nd4j.zeros(type, index.length, entries);
    for (int i = 0; i < index.length; i++) {
      rows.putScalar(i, index[i], 1.0);
    }
    return rows;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the name is taken by another variable or another value
   */
  @Override
  public SDVariable constant(String name, INDArray value) {
    SDVariable known = known(name, value.dataType());
    if (known == null) {
      return sd.constant(name, value);
    }
    if (!value.equals(known.getArr())) {
      throw new IllegalArgumentException("constant '" + name + "' exists with another value");
    }
    return known;
  }

  /**
   * Get-or-create of a constant whose name tells its value; other types than FLOAT get a suffix.
   */
  private SDVariable made(String stem, DataType type, Supplier<INDArray> value) {
    boolean plain = type == DataType.FLOAT || type == DataType.INT32;
    String name = plain ? stem : stem + "." + type.name().toLowerCase(Locale.ROOT);
    SDVariable known = known(name, type);
    return known == null ? sd.constant(name, value.get()) : known;
  }

  private @org.jspecify.annotations.Nullable SDVariable known(String name, DataType type) {
    if (!sd.hasVariable(name)) {
      return null;
    }
    SDVariable known = sd.getVariable(name);
    if (!known.isConstant() || known.dataType() != type) {
      throw new IllegalArgumentException(
          "constant '%s' of type %s: the name is taken by a %s of type %s"
              .formatted(name, type, known.getVariableType(), known.dataType()));
    }
    return known;
  }
}
