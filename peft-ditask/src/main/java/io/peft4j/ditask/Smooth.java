package io.peft4j.ditask;

import io.peft4j.api.method.Ops;
import java.util.function.IntToDoubleFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * {@code (e^z - 1)/z} and {@code log(1 + z)/z}, which stay exact where z is near 0.
 *
 * <p>With them the flow needs no {@code b/a} and no case for slope 0; the textbook form that difw
 * uses loses up to 2e-3 in float32 for slopes around 1e-6. Both branches of each function are fed a
 * harmless value where the other one is taken, since 0 · NaN would reach the gradient.
 */
final class Smooth {
  /**
   * A point that stays in its cell does not speed up e^27-fold, unless it rests (below 1e-12) where
   * the slope is steeper than any trained field's; it must not be thrown out of [0, 1] then.
   */
  private static final double LARGEST_EXPONENT = 27;

  private static final double LOG_NEAR = 0.5;

  private final Ops ops;
  private final boolean isDouble;

  Smooth(Ops ops, DataType type) {
    this.ops = ops;
    this.isDouble = type == DataType.DOUBLE;
  }

  /** {@code (e^z - 1)/z = e^(z/2) · sinh(z/2)/(z/2)}, 1 at 0. */
  SDVariable expm1Ratio(SDVariable z) {
    SDVariable near = mask(ops.square(z).lt(1.0), z);
    SDVariable far = near.rsub(1.0);
    SDVariable half = z.mul(near).mul(0.5);
    // y^2k/(2k + 1)! with |y| <= 1/2
    SDVariable sinhRatio =
        series(ops.square(half), isDouble ? 8 : 5, k -> 1 / factorial(2 * k + 1));
    SDVariable series = ops.exp(half).mul(sinhRatio);
    SDVariable capped = z.sub(ops.relu(z.sub(LARGEST_EXPONENT)));
    SDVariable safe = capped.mul(far).add(near);
    SDVariable quotient = ops.exp(safe).sub(1.0).mul(safe.rdiv(1.0));
    return near.mul(series).add(far.mul(quotient));
  }

  /** {@code log(1 + z)/z} for {@code z >= 0}, 1 at 0; near it by {@code 2 artanh(z/(2 + z))}. */
  SDVariable log1pRatio(SDVariable z) {
    SDVariable near = mask(z.lt(LOG_NEAR), z);
    SDVariable far = near.rsub(1.0);
    SDVariable small = z.mul(near);
    SDVariable inverse = small.add(2.0).rdiv(1.0);
    // s^2k/(2k + 1) with s <= 1/5
    SDVariable artanhRatio =
        series(ops.square(small.mul(inverse)), isDouble ? 12 : 6, k -> 1.0 / (2 * k + 1));
    SDVariable series = inverse.mul(2.0).mul(artanhRatio);
    SDVariable safe = z.mul(far).add(near);
    SDVariable quotient = ops.log(safe.add(1.0)).mul(safe.rdiv(1.0));
    return near.mul(series).add(far.mul(quotient));
  }

  /** Ones where a comparison holds; constant for the gradient. */
  SDVariable mask(SDVariable condition, SDVariable like) {
    return ops.stopGradient(condition.castTo(like.dataType()));
  }

  /** {@code Σ c(k)·x^k} for k below {@code terms}, by Horner. */
  private static SDVariable series(SDVariable x, int terms, IntToDoubleFunction coefficient) {
    SDVariable sum = x.mul(coefficient.applyAsDouble(terms - 1));
    for (int k = terms - 2; k > 0; k--) {
      sum = sum.add(coefficient.applyAsDouble(k)).mul(x);
    }
    return sum.add(coefficient.applyAsDouble(0));
  }

  private static double factorial(int n) {
    double product = 1;
    for (int i = 2; i <= n; i++) {
      product *= i;
    }
    return product;
  }
}
