package io.peft4j.ditask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.nd4j.linalg.api.buffer.DataType;

/** The laws of a CPAB flow, on the graph that trains. */
class FlowProperties {
  private static final double EXACT = 1e-12;
  private static final double SINGLE = 1e-6;
  private static final DataType[] TYPES = {DataType.DOUBLE, DataType.FLOAT};

  @Property(tries = 25)
  void equalsTheWalkFromCellToCell(
      @ForAll @IntRange(min = 2, max = 24) int cells,
      @ForAll @IntRange(min = -2, max = 1) int scale,
      @ForAll long seed) {
    double[] theta = normal(seed, cells - 1, Math.pow(10, scale) / 3);
    double[] x = grid(2 * cells + 5);
    ExactFlow exact = ExactFlow.of(Basis.RREF, theta);
    double[] expected = Arrays.stream(x).map(p -> exact.at(p, 1)).toArray();
    assertArrayEquals(
        expected, new FlowGraph(Basis.RREF, cells, DataType.DOUBLE, x).at(theta), EXACT);
    assertArrayEquals(
        expected, new FlowGraph(Basis.RREF, cells, DataType.FLOAT, x).at(theta), SINGLE);
  }

  @Property(tries = 15)
  void keepsEndsAndOrderAndRange(
      @ForAll @IntRange(min = 2, max = 20) int cells, @ForAll long seed) {
    double[] theta = normal(seed, cells - 1, 0.5);
    for (DataType type : TYPES) {
      double[] phi = new FlowGraph(Basis.SPARSE, cells, type, grid(41)).at(theta);
      assertEquals(0, phi[0]);
      assertEquals(1, phi[40]);
      // neighbours may round to the same single
      double least = type == DataType.DOUBLE ? Double.MIN_VALUE : -1e-7;
      for (int i = 1; i < phi.length; i++) {
        assertTrue(phi[i] - phi[i - 1] >= least, () -> type + Arrays.toString(phi));
      }
    }
  }

  @Property(tries = 8)
  void isTheIdentityAtZeroToTheBitAndMovesByTheBasisFields(
      @ForAll @IntRange(min = 2, max = 12) int cells, @ForAll Basis basis) {
    double[] x = grid(17);
    for (DataType type : TYPES) {
      FlowGraph flow = new FlowGraph(basis, cells, type, x);
      double[] zero = new double[cells - 1];
      assertArrayEquals(new double[17], flow.displacement(zero));
      // the gradient at zero is the velocity of each coordinate, so nothing starts dead
      for (int point = 0; point < x.length; point += 5) {
        double[] cotangent = new double[17];
        cotangent[point] = 1;
        double[] gradient = flow.gradient(cotangent, zero);
        for (int k = 0; k < gradient.length; k++) {
          double[] unit = zero.clone();
          unit[k] = 1;
          assertEquals(ExactFlow.of(basis, unit).velocity(x[point]), gradient[k], SINGLE);
        }
      }
    }
  }

  @Property(tries = 12)
  void isUndoneByMinusTheta(@ForAll @IntRange(min = 2, max = 16) int cells, @ForAll long seed) {
    double[] theta = normal(seed, cells - 1, 0.4);
    double[] x = grid(23);
    for (DataType type : TYPES) {
      double[] phi = new FlowGraph(Basis.RREF, cells, type, x).at(theta);
      double[] back = new FlowGraph(Basis.RREF, cells, type, phi).at(times(-1, theta));
      assertArrayEquals(x, back, type == DataType.DOUBLE ? 1e-11 : 2e-6);
    }
  }

  /** φ of sθ after φ of tθ is φ of (s + t)θ: θ times a number is time. */
  @Property(tries = 12)
  void timesAddUp(
      @ForAll @IntRange(min = 2, max = 16) int cells,
      @ForAll @DoubleRange(min = -1, max = 1) double s,
      @ForAll @DoubleRange(min = -1, max = 1) double t,
      @ForAll long seed) {
    double[] theta = normal(seed, cells - 1, 0.4);
    double[] x = grid(23);
    for (DataType type : TYPES) {
      double[] first = new FlowGraph(Basis.RREF, cells, type, x).at(times(t, theta));
      double[] then = new FlowGraph(Basis.RREF, cells, type, first).at(times(s, theta));
      double[] both = new FlowGraph(Basis.RREF, cells, type, x).at(times(s + t, theta));
      assertArrayEquals(both, then, type == DataType.DOUBLE ? 1e-11 : 2e-6);
    }
  }

  /** {@code d/dt φ = v(φ)}: what moves, moves with the velocity where it is. */
  @Property(tries = 12)
  void movesWithTheVelocityWhereItIs(
      @ForAll @IntRange(min = 2, max = 12) int cells, @ForAll long seed) {
    double[] theta = normal(seed, cells - 1, 0.4);
    double step = 1e-6;
    FlowGraph flow = new FlowGraph(Basis.RREF, cells, DataType.DOUBLE, grid(17));
    double[] phi = flow.at(theta);
    double[] later = flow.at(times(1 + step, theta));
    double[] earlier = flow.at(times(1 - step, theta));
    ExactFlow exact = ExactFlow.of(Basis.RREF, theta);
    for (int i = 0; i < phi.length; i++) {
      assertEquals(exact.velocity(phi[i]), (later[i] - earlier[i]) / (2 * step), 1e-5);
    }
  }

  @Property(tries = 12)
  void zerosOfTheVelocityStayAndAreNotPassed(@ForAll long seed) {
    double[] velocity = {0, 0.2, 0, -0.3, 0.1, 0};
    Random random = new Random(seed);
    for (int j = 1; j < 5; j++) {
      velocity[j] *= random.nextDouble();
    }
    // the sign changes between knots 3 and 4
    double zero = (3 + velocity[3] / (velocity[3] - velocity[4])) / 5;
    double[] x = {0.4, zero, 0.05, 0.39, 0.41, zero - 0.01, zero + 0.01, 0.95};
    double[] theta = sparse(velocity);
    double[] phi = new FlowGraph(Basis.SPARSE, 5, DataType.DOUBLE, x).at(theta);
    assertEquals(0.4, phi[0], EXACT);
    assertEquals(zero, phi[1], EXACT);
    assertTrue(phi[2] < 0.4 && phi[3] < 0.4 && phi[4] >= 0.4 && phi[5] <= zero);
    assertTrue(phi[6] >= zero && phi[7] <= 1);
  }

  @Property(tries = 12)
  void itsSlopeIsTheRatioOfVelocities(
      @ForAll @IntRange(min = 3, max = 9) int cells, @ForAll long seed) {
    double[] theta = normal(seed, cells - 1, 0.4);
    double step = 1e-6;
    double[] x = new Random(seed).doubles(9, 0.05, 0.95).toArray();
    ExactFlow exact = ExactFlow.of(Basis.RREF, theta);
    double[] phi = new FlowGraph(Basis.RREF, cells, DataType.DOUBLE, x).at(theta);
    double[] above = shifted(cells, theta, x, step);
    double[] below = shifted(cells, theta, x, -step);
    for (int i = 0; i < x.length; i++) {
      double v = exact.velocity(x[i]);
      if (Math.abs(v) > 1e-3) {
        double slope = (above[i] - below[i]) / (2 * step);
        assertEquals(exact.velocity(phi[i]) / v, slope, 1e-3 * Math.max(1, slope));
        assertTrue(slope > 0);
      }
    }
  }

  @Property(tries = 12)
  void gradientsAgreeWithFiniteDifferences(
      @ForAll @IntRange(min = 2, max = 10) int cells, @ForAll Basis basis, @ForAll long seed) {
    double[] theta = normal(seed, cells - 1, 0.4);
    double[] x = new Random(seed).doubles(7).toArray();
    double[] cotangent = normal(seed + 1, 7, 1);
    FlowGraph flow = new FlowGraph(basis, cells, DataType.DOUBLE, x);
    double[] gradient = flow.gradient(cotangent, theta);
    double step = 1e-6;
    for (int k = 0; k < theta.length; k++) {
      double[] up = theta.clone();
      up[k] += step;
      double[] down = theta.clone();
      down[k] -= step;
      double numeric = (dot(cotangent, flow.at(up)) - dot(cotangent, flow.at(down))) / (2 * step);
      assertEquals(numeric, gradient[k], 1e-5);
    }
  }

  @Property(tries = 12)
  void sameVelocitiesInAnotherBasisOrOnFinerCellsAreTheSameFlow(
      @ForAll @IntRange(min = 2, max = 10) int cells, @ForAll long seed) {
    double[] theta = normal(seed, cells - 1, 0.4);
    ExactFlow field = ExactFlow.of(Basis.RREF, theta);
    double[] x = grid(19);
    for (DataType type : TYPES) {
      double[] phi = new FlowGraph(Basis.RREF, cells, type, x).at(theta);
      for (int factor = 1; factor <= 2; factor++) {
        int fine = factor * cells;
        double[] velocity = new double[fine + 1];
        Arrays.setAll(velocity, j -> field.velocity((double) j / fine));
        double[] same = new FlowGraph(Basis.SPARSE, fine, type, x).at(sparse(velocity));
        assertArrayEquals(phi, same, type == DataType.DOUBLE ? 1e-11 : SINGLE);
      }
    }
  }

  /** Where the textbook form with b/a loses up to 2e-3. */
  @Property(tries = 10)
  void aPlateauAndTheSamePerturbedDifferByThePerturbation(
      @ForAll @LongRange(min = 3, max = 7) long exponent, @ForAll long seed) {
    double[] velocity = new double[17];
    Arrays.fill(velocity, 1, 16, 0.02);
    double[] x = grid(31);
    double[] plateau = new FlowGraph(Basis.SPARSE, 16, DataType.FLOAT, x).at(sparse(velocity));
    double size = Math.pow(10, -exponent);
    Random random = new Random(seed);
    for (int j = 1; j < 16; j++) {
      velocity[j] += size * (2 * random.nextDouble() - 1);
    }
    double[] perturbed = new FlowGraph(Basis.SPARSE, 16, DataType.FLOAT, x).at(sparse(velocity));
    assertArrayEquals(plateau, perturbed, 4 * size + 3e-7);
  }

  /** Zeros, denormals, ratios of 1e20: neither value nor gradient may be NaN or leave [0, 1]. */
  @Property(tries = 40)
  void survivesAdversarialFieldsInSinglePrecision(@ForAll long seed) {
    Random random = new Random(seed);
    double[] sizes = {0, 1e-42, 1e-30, 1e-13, 1e-12, 1e-7, 1e-3, 0.1, 1, 10};
    double[] velocity = new double[10];
    for (int j = 1; j < 9; j++) {
      velocity[j] = sizes[random.nextInt(sizes.length)] * (random.nextBoolean() ? 1 : -1);
    }
    double[] x = grid(28);
    FlowGraph flow = new FlowGraph(Basis.SPARSE, 9, DataType.FLOAT, x);
    double[] theta = sparse(velocity);
    for (double phi : flow.at(theta)) {
      assertTrue(phi >= -SINGLE && phi <= 1 + SINGLE, () -> Arrays.toString(velocity));
    }
    double[] ones = new double[x.length];
    Arrays.fill(ones, 1);
    for (double g : flow.gradient(ones, theta)) {
      assertTrue(Double.isFinite(g), () -> Arrays.toString(velocity));
    }
  }

  private static double[] shifted(int cells, double[] theta, double[] x, double by) {
    double[] moved = Arrays.stream(x).map(p -> p + by).toArray();
    return new FlowGraph(Basis.RREF, cells, DataType.DOUBLE, moved).at(theta);
  }

  private static double[] sparse(double[] velocity) {
    int cells = velocity.length - 1;
    return Arrays.stream(velocity, 1, cells).map(v -> v * cells).toArray();
  }

  private static double[] times(double factor, double[] theta) {
    return Arrays.stream(theta).map(t -> factor * t).toArray();
  }

  private static double[] grid(int points) {
    double[] grid = new double[points];
    Arrays.setAll(grid, i -> i / (points - 1.0));
    return grid;
  }

  private static double[] normal(long seed, int size, double std) {
    Random random = new Random(seed);
    double[] values = new double[size];
    Arrays.setAll(values, i -> std * random.nextGaussian());
    return values;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
