package io.peft4j.graph.ops;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.controlflow.compat.StopGradient;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.api.ops.impl.reduce.floating.Mean;
import org.nd4j.linalg.api.ops.impl.reduce.floating.Norm2;
import org.nd4j.linalg.api.ops.impl.reduce.same.Max;
import org.nd4j.linalg.api.ops.impl.reduce.same.Min;
import org.nd4j.linalg.api.ops.impl.reduce.same.Sum;
import org.nd4j.linalg.api.ops.impl.scalar.Pow;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinear;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarAdd;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarDivision;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMultiplication;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarReverseDivision;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarReverseSubtraction;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarSubtraction;
import org.nd4j.linalg.api.ops.impl.scalar.comparison.ScalarEquals;
import org.nd4j.linalg.api.ops.impl.scalar.comparison.ScalarGreaterThan;
import org.nd4j.linalg.api.ops.impl.scalar.comparison.ScalarGreaterThanOrEqual;
import org.nd4j.linalg.api.ops.impl.scalar.comparison.ScalarLessThan;
import org.nd4j.linalg.api.ops.impl.scalar.comparison.ScalarLessThanOrEqual;
import org.nd4j.linalg.api.ops.impl.scalar.comparison.ScalarNotEquals;
import org.nd4j.linalg.api.ops.impl.shape.Concat;
import org.nd4j.linalg.api.ops.impl.shape.ExpandDims;
import org.nd4j.linalg.api.ops.impl.shape.OnesLike;
import org.nd4j.linalg.api.ops.impl.shape.Permute;
import org.nd4j.linalg.api.ops.impl.shape.Reshape;
import org.nd4j.linalg.api.ops.impl.shape.Slice;
import org.nd4j.linalg.api.ops.impl.shape.Split;
import org.nd4j.linalg.api.ops.impl.shape.Squeeze;
import org.nd4j.linalg.api.ops.impl.shape.Stack;
import org.nd4j.linalg.api.ops.impl.shape.StridedSlice;
import org.nd4j.linalg.api.ops.impl.shape.Tile;
import org.nd4j.linalg.api.ops.impl.shape.Transpose;
import org.nd4j.linalg.api.ops.impl.shape.Unstack;
import org.nd4j.linalg.api.ops.impl.shape.ZerosLike;
import org.nd4j.linalg.api.ops.impl.transforms.Pad;
import org.nd4j.linalg.api.ops.impl.transforms.clip.ClipByValue;
import org.nd4j.linalg.api.ops.impl.transforms.custom.EqualTo;
import org.nd4j.linalg.api.ops.impl.transforms.custom.GreaterThan;
import org.nd4j.linalg.api.ops.impl.transforms.custom.GreaterThanOrEqual;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LessThan;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LessThanOrEqual;
import org.nd4j.linalg.api.ops.impl.transforms.custom.NotEqualTo;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.api.ops.impl.transforms.dtype.Cast;
import org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt;
import org.nd4j.linalg.api.ops.impl.transforms.floating.Sqrt;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.AddOp;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.DivOp;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.MulOp;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.RDivOp;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.RSubOp;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.SubOp;
import org.nd4j.linalg.api.ops.impl.transforms.same.Abs;
import org.nd4j.linalg.api.ops.impl.transforms.same.Cube;
import org.nd4j.linalg.api.ops.impl.transforms.same.Identity;
import org.nd4j.linalg.api.ops.impl.transforms.same.Negative;
import org.nd4j.linalg.api.ops.impl.transforms.same.Reciprocal;
import org.nd4j.linalg.api.ops.impl.transforms.same.Square;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Cos;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Expm1;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log1p;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sin;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Tanh;

/**
 * The SameDiff operations that may be in a graph that trains: their gradients agree with finite
 * differences in every use that {@link GraphAudit} admits. Others have a replacement.
 */
public final class OpCatalogue {
  private static final ImmutableMap<String, CatalogueOp> OPS = catalogue();
  private static final ImmutableMap<String, String> REPLACEMENTS = replacements();

  private OpCatalogue() {}

  /** Names of the audited operations, as {@link DifferentialFunction#opName()} gives them. */
  public static Set<String> names() {
    return OPS.keySet();
  }

  /** True if the operation is in the catalogue and of the very class that is registered for it. */
  public static boolean isAudited(DifferentialFunction op) {
    CatalogueOp known = OPS.get(op.opName());
    return known != null && known.type() == op.getClass();
  }

  /** What to use instead of an operation that is not in the catalogue; a clause without a dot. */
  public static String replacement(String opName) {
    String exact = REPLACEMENTS.get(opName);
    if (exact != null) {
      return exact;
    }
    if (opName.contains("loss")) {
      return "compose the loss from exp, log, sum and mul, as SameDiff's fused losses ignore their weight";
    }
    if (opName.contains("dropout")) {
      return "use Emit.dropout";
    }
    if (opName.contains("random")) {
      return "feed the noise through a placeholder (Emit.dropout)";
    }
    if (opName.startsWith("resize")) {
      return "use Ops.resizeBilinear";
    }
    return "compose it from the operations of Ops";
  }

  /**
   * Shapes of an operation's outputs.
   *
   * @param inputs shapes of its inputs, in full
   * @param constants arrays of its inputs where they are known, else null
   * @param outputs how many it has
   * @return empty if the operation is not in the catalogue
   */
  public static Optional<List<long[]>> outputShapes(
      DifferentialFunction op,
      List<long[]> inputs,
      List<@Nullable INDArray> constants,
      int outputs) {
    return Optional.ofNullable(OPS.get(op.opName()))
        .map(known -> known.shape().outputs(new OpCall(op, inputs, constants, outputs)));
  }

  /** Names of operations outside the catalogue that have a replacement of their own. */
  static Set<String> replaced() {
    return REPLACEMENTS.keySet();
  }

  static @Nullable CatalogueOp find(String opName) {
    return OPS.get(opName);
  }

  private static ImmutableMap<String, CatalogueOp> catalogue() {
    Builder b = new Builder();
    arithmetic(b);
    functions(b);
    masks(b);
    movements(b);
    b.add("matmul", Mmul.class, ShapeRules::matmul, Restrictions::matmul);
    b.add("reduce_mean", Mean.class, ShapeRules::reduce, Restrictions::reduce);
    b.add("reduce_sum", Sum.class, ShapeRules::reduce, Restrictions::reduce);
    b.add("reduce_max", Max.class, ShapeRules::reduce, Restrictions::reduce);
    b.add("reduce_min", Min.class, ShapeRules::reduce, Restrictions::reduce);
    b.add("reduce_norm2", Norm2.class, ShapeRules::reduce, Restrictions::reduce);
    return b.ops.buildOrThrow();
  }

  private static void arithmetic(Builder b) {
    b.pairwise("add", AddOp.class, Restrictions::elementwise);
    b.pairwise("subtract", SubOp.class, Restrictions::elementwise);
    b.pairwise("multiply", MulOp.class, Restrictions::elementwise);
    b.pairwise("reversesubtract", RSubOp.class, Restrictions::elementwise);
    b.pairwise("divide", DivOp.class, Restrictions::divide);
    b.pairwise("reversedivide", RDivOp.class, Restrictions::divide);
    b.unary("add_scalar", ScalarAdd.class);
    b.unary("sub_scalar", ScalarSubtraction.class);
    b.unary("mul_scalar", ScalarMultiplication.class);
    b.unary("div_scalar", ScalarDivision.class);
    b.unary("rsub_scalar", ScalarReverseSubtraction.class);
    b.unary("rdiv_scalar", ScalarReverseDivision.class);
    b.unary("pow", Pow.class);
    b.unary("neg", Negative.class);
  }

  private static void functions(Builder b) {
    b.unary("abs", Abs.class);
    b.unary("square", Square.class);
    b.unary("cube", Cube.class);
    b.unary("Reciprocal", Reciprocal.class);
    b.unary("sqrt", Sqrt.class);
    b.unary("rsqrt", RSqrt.class);
    b.unary("exp", Exp.class);
    b.unary("expm1", Expm1.class);
    b.unary("log", Log.class);
    b.unary("log1p", Log1p.class);
    b.unary("sin", Sin.class);
    b.unary("cos", Cos.class);
    b.unary("erf", Erf.class);
    b.unary("sigmoid", Sigmoid.class);
    b.unary("tanh", Tanh.class);
    b.unary("relu", RectifiedLinear.class);
    b.unary("softmax", SoftMax.class);
    b.unary("ClipByValue", ClipByValue.class);
    b.unary("identity", Identity.class);
    b.unary("stop_gradient", StopGradient.class);
  }

  /** Comparisons and what turns them into factors; their own gradient is zero. */
  private static void masks(Builder b) {
    b.unary("greaterthan_scalar", ScalarGreaterThan.class);
    b.unary("greaterthanorequal_scalar", ScalarGreaterThanOrEqual.class);
    b.unary("lessthan_scalar", ScalarLessThan.class);
    b.unary("lessthanorequal_scalar", ScalarLessThanOrEqual.class);
    b.unary("equals_scalar", ScalarEquals.class);
    b.unary("notequals_scalar", ScalarNotEquals.class);
    b.pairwise("greater", GreaterThan.class, Restrictions::elementwise);
    b.pairwise("greater_equal", GreaterThanOrEqual.class, Restrictions::elementwise);
    b.pairwise("less", LessThan.class, Restrictions::elementwise);
    b.pairwise("less_equal", LessThanOrEqual.class, Restrictions::elementwise);
    b.pairwise("equals", EqualTo.class, Restrictions::elementwise);
    b.pairwise("not_equals", NotEqualTo.class, Restrictions::elementwise);
    b.unary("cast", Cast.class);
    b.unary("ones_as", OnesLike.class);
    b.unary("zeroslike", ZerosLike.class);
  }

  private static void movements(Builder b) {
    b.add("reshape", Reshape.class, ShapeRules::reshape, Restrictions.inputs(1));
    b.add("permute", Permute.class, ShapeRules::permute, Restrictions.inputs(1));
    b.add("transpose", Transpose.class, ShapeRules::permute, Restrictions.inputs(1));
    b.add(
        "strided_slice", StridedSlice.class, ShapeRules::stridedSlice, Restrictions::stridedSlice);
    b.add("slice", Slice.class, ShapeRules::slice, Restrictions.inputs(1));
    b.add("concat", Concat.class, ShapeRules::concat, Restrictions::concat);
    b.add("stack", Stack.class, ShapeRules::stack, Restrictions::none);
    b.add("unstack", Unstack.class, ShapeRules::unstack, Restrictions.inputs(1));
    b.add("split", Split.class, ShapeRules::split, Restrictions.inputs(1));
    b.add("expand_dims", ExpandDims.class, ShapeRules::expandDims, Restrictions::expandDims);
    b.add("squeeze", Squeeze.class, ShapeRules::squeeze, Restrictions.inputs(1));
    b.add("tile", Tile.class, ShapeRules::tile, Restrictions.inputs(1));
    b.add("pad", Pad.class, ShapeRules::pad, Restrictions::pad);
  }

  private static ImmutableMap<String, String> replacements() {
    String outside = "compute it outside the graph and hand it in by Emit.frozen";
    String resize = "use Ops.resizeBilinear";
    String norm = "use Ops.mean of Ops.square(x.sub(mean))";
    String choice = "multiply by a mask: x.mul(condition.castTo(x.dataType()))";
    ImmutableMap.Builder<String, String> map = ImmutableMap.builder();
    map.put("gather", "use Ops.lookup").put("gather_nd", "use Ops.lookup");
    map.put("embedding_lookup", "use Ops.lookup");
    map.put("layer_norm", "use Ops.layerNorm").put("standardize", "use Ops.layerNorm");
    map.put("batchnorm", "use Ops.batchNorm").put("fused_batch_norm", "use Ops.batchNorm");
    map.put("roll", "use Ops.roll");
    map.put("resize_bilinear", resize).put("upsampling2d", resize);
    map.put("image_resize", resize).put("crop_and_resize", resize);
    map.put("log_softmax", "use Ops.logSoftmax");
    map.put("reduce_logsumexp", "use x.sub(Ops.logSoftmax(x))");
    map.put("softplus", "use Ops.softplus, which does not overflow");
    map.put("gelu", "use Ops.gelu").put("precise_gelu", "use Ops.gelu");
    map.put("swish", "use Ops.silu").put("xw_plus_b", "use Ops.linear");
    map.put("biasadd", "use add").put("tensordot", "use Ops.matmul");
    map.put("batched_gemm", "use Ops.matmul");
    map.put("squaredsubtract", "use Ops.square(a.sub(b))");
    map.put("maximum", "use b.add(Ops.relu(a.sub(b)))");
    map.put("minimum", "use a.sub(Ops.relu(a.sub(b)))");
    map.put("Pow", "use pow with a number, or exp of a product with log");
    map.put("cumsum", "multiply by a triangular constant");
    map.put("moments", norm).put("normalize_moments", norm);
    map.put("var", norm).put("std", "use Ops.sqrt of a mean of squares");
    map.put("select", choice).put("Where", choice).put("where_np", choice);
    map.put("mirror_pad", "use Ops.padEnd").put("onehot", "use Ops.constant");
    for (String op :
        ImmutableSet.of(
            "matrix_inverse",
            "matrix_determinant",
            "log_matrix_determinant",
            "logdet",
            "svd",
            "qr",
            "lu",
            "solve",
            "lstsq",
            "triangular_solve",
            "cholesky")) {
      map.put(op, outside);
    }
    return map.buildOrThrow();
  }

  private static final class Builder {
    final ImmutableMap.Builder<String, CatalogueOp> ops = ImmutableMap.builder();

    void add(
        String name,
        Class<? extends DifferentialFunction> type,
        ShapeRule shape,
        Restriction restriction) {
      ops.put(name, new CatalogueOp(name, type, shape, restriction));
    }

    void unary(String name, Class<? extends DifferentialFunction> type) {
      add(name, type, ShapeRules::same, Restrictions::none);
    }

    void pairwise(
        String name, Class<? extends DifferentialFunction> type, Restriction restriction) {
      add(name, type, ShapeRules::broadcast, restriction);
    }
  }
}
