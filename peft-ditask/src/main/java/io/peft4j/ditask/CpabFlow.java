package io.peft4j.ditask;

import com.google.common.base.Suppliers;
import io.peft4j.api.method.Ops;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The time-one flow φ of a CPAB velocity field (Freifeld et al., IEEE PAMI 2017, section 4) as a
 * graph without loops, exact up to rounding.
 *
 * <p>Within a cell of slope a the flow is {@code ψ(x, t) = x + v(x)·t·E(a t)}, {@code E(z) = (e^z -
 * 1)/z}; crossing a distance d between speeds {@code lo <= hi} takes {@code d/lo · L((hi -
 * lo)/lo)}, {@code L(z) = log(1 + z)/z}. A point never turns round, so the cells ahead and the
 * times they take are known at once: a sum of times tells the cell in which the point is at time
 * one. Which cells those are is constant for the gradient; by the continuity of v the crossings
 * contribute none.
 */
final class CpabFlow {
  /** A time that is never reached; small, since times are summed in float32. */
  private static final double NEVER = 2;

  /** Slower points count as resting: they move less than any rounding. */
  private static final double RESTING = 1e-12;

  private final Ops ops;
  private final Smooth smooth;
  private final Basis basis;
  private final Constants constants;
  private final int cells;

  /**
   * A flow.
   *
   * @param constants makes the constants of the flow, named locally
   */
  CpabFlow(Ops ops, DataType type, Basis basis, int cells, Constants constants) {
    this.ops = ops;
    this.smooth = new Smooth(ops, type);
    this.basis = basis;
    this.cells = cells;
    this.constants = constants;
  }

  /** Get-or-create of a constant matrix by local name; the value is asked for only if needed. */
  @FunctionalInterface
  interface Constants {
    SDVariable get(String name, Supplier<double[][]> value, long rows, long columns);
  }

  /**
   * {@code φ(x) - x} for each point, exactly zero where θ is.
   *
   * @param theta {@code [1, cells - 1]}
   * @param points the points x in [0, 1]
   * @param count how many; at least 2
   * @return {@code [count, 1]}
   */
  SDVariable displacement(SDVariable theta, Supplier<double[]> points, int count) {
    Supplier<FlowGrid> grid = Suppliers.memoize(() -> new FlowGrid(points.get(), cells));
    SDVariable knots =
        ops.linear(
            theta,
            constants.get("basis", () -> basis.knotVelocities(cells), cells + 1L, cells - 1L));
    SDVariable atLeft = ops.slice(knots, 1, 0, cells);
    SDVariable atRight = ops.slice(knots, 1, 1, cells + 1L);
    SDVariable velocity =
        ops.linear(constants.get("hats", () -> grid.get().hats(), count, cells + 1L), knots);

    SDVariable right = smooth.mask(velocity.gt(0.0), velocity);
    Direction to = new Direction(right, right.rsub(1.0));
    SDVariable startRight = pointConstant("start.right", () -> grid.get().start(true), count);
    SDVariable startLeft = pointConstant("start.left", () -> grid.get().start(false), count);
    SDVariable start = to.choose(startRight, startLeft);
    SDVariable ahead =
        to.choose(
            pointConstant("ahead.right", () -> grid.get().ahead(true), count),
            pointConstant("ahead.left", () -> grid.get().ahead(false), count));
    SDVariable distance =
        to.choose(
            constants.get("distance.right", () -> grid.get().distance(true), count, 1),
            constants.get("distance.left", () -> grid.get().distance(false), count, 1));
    SDVariable exitVelocity =
        to.choose(ops.linear(startRight, atRight), ops.linear(startLeft, atLeft));

    // times of the first, partial cell of every point and of every whole cell, in one column
    SDVariable width = constants.get("width", this::widths, cells, 1);
    SDVariable times =
        travelTime(
            ops.concat(0, velocity, atLeft.reshape(cells, 1)),
            ops.concat(0, exitVelocity, atRight.reshape(cells, 1)),
            ops.concat(0, distance, width));
    SDVariable first = ops.slice(times, 0, 0, count);
    SDVariable whole = ops.slice(times, 0, count, (long) count + cells).reshape(1, cells);
    SDVariable spent = start.mul(first).add(ahead.mul(whole));

    SDVariable left = passed(to, start.add(ahead), spent);
    SDVariable last = lastCell(to, start, left);
    SDVariable stays = ops.sum(last.mul(start), true, 1);
    SDVariable entered = last.mul(start.rsub(1.0));
    SDVariable remaining = ops.sum(left.mul(spent), true, 1).rsub(1.0);
    SDVariable slope = ops.linear(last, atRight.sub(atLeft).mul(cells));
    SDVariable speed =
        stays
            .mul(velocity)
            .add(to.choose(ops.linear(entered, atLeft), ops.linear(entered, atRight)));
    SDVariable x = constants.get("x", () -> grid.get().column(), count, 1);
    SDVariable travelled =
        to.choose(
                ops.linear(entered, cellConstant("begin", () -> FlowGrid.cellEnds(cells, false))),
                ops.linear(entered, cellConstant("end", () -> FlowGrid.cellEnds(cells, true))))
            .sub(stays.rsub(1.0).mul(x));
    SDVariable inLastCell = speed.mul(remaining).mul(smooth.expm1Ratio(slope.mul(remaining)));
    return travelled.add(inLastCell);
  }

  /** Ones at the cells that a point has left by time one. */
  private SDVariable passed(Direction to, SDVariable onTheWay, SDVariable spent) {
    SDVariable held = ops.stopGradient(spent);
    SDVariable exit =
        to.choose(
            ops.matmul(held, square("passed.right", true), false, false),
            ops.matmul(held, square("passed.left", false), false, false));
    return ops.stopGradient(onTheWay.mul(smooth.mask(exit.lt(1.0), spent)));
  }

  /** One at the cell in which a point is at time one. */
  private SDVariable lastCell(Direction to, SDVariable start, SDVariable left) {
    SDVariable next =
        to.choose(
            ops.matmul(left, nextCell("next.right", true), false, false),
            ops.matmul(left, nextCell("next.left", false), false, false));
    return ops.stopGradient(start.add(next).mul(left.rsub(1.0)));
  }

  /**
   * The time from a point of velocity {@code from} to one of velocity {@code to} in the same cell;
   * {@link #NEVER} at most, and where the second is not reached.
   */
  private SDVariable travelTime(SDVariable from, SDVariable to, SDVariable distance) {
    SDVariable sign = smooth.mask(from.gt(0.0), from).mul(2.0).sub(1.0);
    SDVariable a = from.mul(sign);
    SDVariable b = to.mul(sign);
    SDVariable moves = smooth.mask(a.gt(RESTING), a).mul(smooth.mask(b.gt(RESTING), b));
    SDVariable rests = moves.rsub(1.0);
    SDVariable faster = smooth.mask(a.lt(b), a);
    SDVariable slower = faster.rsub(1.0);
    // by masks, as a difference of speeds of very different size would lose the small one
    SDVariable low = faster.mul(a).add(slower.mul(b)).mul(moves).add(rests);
    SDVariable high = faster.mul(b).add(slower.mul(a)).mul(moves).add(rests);
    SDVariable inverse = low.rdiv(1.0);
    SDVariable ratio = smooth.log1pRatio(high.sub(low).mul(inverse));
    SDVariable time = distance.mul(inverse).mul(ratio);
    SDVariable counts = moves.mul(smooth.mask(time.lt(NEVER), time));
    return time.mul(counts).add(counts.rsub(1.0).mul(NEVER));
  }

  private SDVariable pointConstant(String name, Supplier<double[][]> value, int count) {
    return constants.get(name, value, count, cells);
  }

  private SDVariable cellConstant(String name, Supplier<double[][]> value) {
    return constants.get(name, value, 1, cells);
  }

  private SDVariable square(String name, boolean right) {
    return constants.get(name, () -> FlowGrid.sumOfPassed(cells, right), cells, cells);
  }

  private SDVariable nextCell(String name, boolean right) {
    return constants.get(name, () -> FlowGrid.next(cells, right), cells, cells);
  }

  private double[][] widths() {
    double[][] widths = new double[cells][1];
    for (double[] row : widths) {
      row[0] = 1.0 / cells;
    }
    return widths;
  }

  /** Masks {@code [points, 1]} of the points that move right, and of the others. */
  private record Direction(SDVariable right, SDVariable left) {
    SDVariable choose(SDVariable whereRight, SDVariable whereLeft) {
      return whereRight.mul(right).add(whereLeft.mul(left));
    }
  }
}
