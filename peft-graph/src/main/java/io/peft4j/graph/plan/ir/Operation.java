package io.peft4j.graph.plan.ir;

import java.util.List;
import org.nd4j.autodiff.functions.DifferentialFunction;

/**
 * What an instruction does. Arrays are plain ({@link Value#isPlain}) unless an operation says
 * otherwise; unless it says otherwise, an output is none of the inputs.
 */
public sealed interface Operation {
  /** Name in dumps and profiles. */
  default String label() {
    return getClass().getSimpleName();
  }

  /** True if it adds to what its output holds, rather than to write anew. */
  default boolean accumulates() {
    return false;
  }

  /** True if its gradient is made from its output, which must therefore not be overwritten. */
  default boolean gradientReadsOutput() {
    return false;
  }

  /**
   * {@code c = α·op(a) op(b)}, or {@code c += …}.
   *
   * <p>Inputs a, b; output c. All of one rank ≥ 2 with equal leading dimensions. Any may be
   * strided, as long as one of the last two strides is 1. Scales are part of alpha.
   *
   * @param transposeA whether a is {@code [k, m]}
   * @param transposeB whether b is {@code [n, k]}
   */
  record MatMul(boolean transposeA, boolean transposeB, double alpha, boolean accumulates)
      implements Operation {
    @Override
    public String label() {
      return "MatMul"
          + (transposeA ? "T" : "N")
          + (transposeB ? "T" : "N")
          + (accumulates ? "+" : "");
    }
  }

  /**
   * {@code y = x}, or {@code y += x}: copying, gathering, scattering, scaling, adding up.
   *
   * <p>Input x of any layout and scale; output y of any layout, unscaled, of as many elements, no
   * element twice unless it accumulates.
   */
  record Move(boolean accumulates) implements Operation {
    @Override
    public String label() {
      return accumulates ? "Move+" : "Move";
    }
  }

  /** {@link Move} that lets no gradient through. Input x of any layout and scale; output y. */
  record Detach() implements Operation {}

  /** {@code y = value} everywhere. No input; output y. */
  record Fill(double value) implements Operation {}

  /** Elementwise operation of two arrays. */
  enum Pair {
    /** {@code x + y}. */
    ADD,
    /** {@code x - y}. */
    SUBTRACT,
    /** {@code x * y}. */
    MULTIPLY
  }

  /**
   * {@code z[o, m, i] = x[o, m, i] ∘ y[m]}. Inputs x, y; output z, which may be x itself.
   *
   * @param outer how often y is repeated along the slowest dimension
   * @param middle elements of y
   * @param inner how often each element of y is repeated along the fastest
   */
  record Binary(Pair pair, long outer, long middle, long inner) implements Operation {
    @Override
    public String label() {
      String shape =
          outer == 1 && inner == 1 ? "" : outer == 1 ? "Column" : inner == 1 ? "Row" : "Spread";
      return pair.name().charAt(0)
          + pair.name().substring(1).toLowerCase(java.util.Locale.ROOT)
          + shape;
    }
  }

  /**
   * {@code y[m] = Σ x[o, m, i]}, or {@code y[m] += …}. Input x; output y. What {@link Binary}
   * spreads, this gathers.
   */
  record Sum(long outer, long middle, long inner, boolean accumulates) implements Operation {}

  /** Exact GELU {@code x·Φ(x)}. Input x; output y. */
  record Gelu() implements Operation {}

  /** {@code dx = g·(Φ(x) + x·φ(x))}. Inputs x, g; output dx. */
  record GeluGradient() implements Operation {}

  /** {@code max(x, 0)}. Input x; output y. */
  record Relu() implements Operation {
    @Override
    public boolean gradientReadsOutput() {
      return true;
    }
  }

  /** {@code dx = y > 0 ? g : 0}. Inputs y (or x), g; output dx. */
  record ReluGradient() implements Operation {}

  /** Softmax of rows. Input x {@code [rows, width]}; output y. */
  record Softmax(long rows, long width) implements Operation {
    @Override
    public boolean gradientReadsOutput() {
      return true;
    }
  }

  /** {@code dx = y·(g - Σ g·y)} by rows. Inputs y, g; output dx. */
  record SoftmaxGradient(long rows, long width) implements Operation {}

  /**
   * {@code y = (x - μ)/√(σ² + ε)·gain + offset} by rows. Inputs x {@code [rows, width]}, gain,
   * offset {@code [width]}; outputs y, μ and 1/√(σ² + ε) {@code [rows]}.
   */
  record LayerNorm(long rows, long width, double epsilon) implements Operation {}

  /**
   * {@code dx = r·(h - mean(h) - x̂·mean(h·x̂))} with {@code h = g·gain}, {@code x̂ = (x - μ)·r}.
   * Inputs x, gain, μ, r, g; output dx.
   */
  record LayerNormGradient(long rows, long width) implements Operation {}

  /** {@code Σ g·x̂} and {@code Σ g} over rows. Inputs x, μ, r, g; outputs of gain and offset. */
  record LayerNormParameterGradient(long rows, long width) implements Operation {}

  /**
   * {@link LayerNormGradient} and {@link LayerNormParameterGradient} in one pass. Inputs x, gain,
   * μ, r, g; outputs dx, and of gain and offset.
   */
  record LayerNormFullGradient(long rows, long width) implements Operation {}

  /**
   * {@code y = (x - m)·r·gain + offset} by columns, at least 0 where {@code relu}, with {@code m =
   * m₀ + t·(μ - m₀)}, {@code r = 1/√(v₀ + t·(σ² - v₀) + ε)}, and μ and σ² the columns' means and
   * variances (Ioffe and Szegedy 2015; t is 1 in training, 0 in evaluation).
   *
   * <p>Inputs x {@code [rows, width]}, gain, offset, m₀, v₀ {@code [width]}, t {@code [1]}; outputs
   * y, and μ, σ², m, r {@code [width]}.
   */
  record BatchNorm(long rows, long width, double epsilon, boolean relu) implements Operation {}

  /**
   * {@code dx = r·(h - t·mean(h) - (x - μ)·r·t·mean(h·x̂))} with {@code h = g·gain}, {@code x̂ = (x
   * - m)·r}; {@code Σ g·x̂} and {@code Σ g}. Where {@code relu}, g counts where {@code x̂·gain +
   * offset > 0}.
   *
   * <p>Inputs x, gain, offset, t, μ, m, r, g; outputs dx, and of gain and offset.
   */
  record BatchNormGradient(long rows, long width, boolean relu) implements Operation {}

  /**
   * {@code Σ w·log softmax(x)}, the softmax over classes: for every (outer, inner) over the middle
   * axis.
   *
   * <p>Inputs x, w {@code [outer, classes, inner]}; outputs the sum {@code []} and the logarithms
   * of the sums of exponentials {@code [outer, inner]}.
   */
  record LogLikelihood(long outer, long classes, long inner) implements Operation {}

  /**
   * {@code dx = g·(w - softmax(x)·Σ w)}, both sums over classes. Inputs x, w, the second output of
   * {@link LogLikelihood}, g {@code []}; output dx.
   */
  record LogLikelihoodGradient(long outer, long classes, long inner) implements Operation {}

  /**
   * Elementwise instructions, sums of columns and products of low rank that are added, in order, on
   * arrays of equal size: a piece of all arrays is taken through all of them before the next is.
   *
   * <p>Inputs and outputs are those of the parts that others read or write; what only parts read
   * has no memory.
   *
   * @param width columns of which a piece holds whole rows; 0 if that does not matter
   * @param parts the instructions
   */
  record Region(long width, List<Instruction> parts) implements Operation {
    /** Copies the list. */
    public Region {
      parts = List.copyOf(parts);
    }

    @Override
    public String label() {
      return parts.size() + " elementwise";
    }

    /** Elements of each array. */
    public long elements() {
      Instruction first = parts.get(0);
      Value array = first.operation() instanceof Sum ? first.input(0) : first.output();
      return array.layout().elements();
    }
  }

  /**
   * An operation of SameDiff's, run as it is. Inputs in its order; outputs in its order.
   *
   * @param function the operation with its attributes
   */
  record External(DifferentialFunction function) implements Operation {
    @Override
    public String label() {
      return function.opName();
    }

    @Override
    public boolean gradientReadsOutput() {
      return true;
    }
  }
}
