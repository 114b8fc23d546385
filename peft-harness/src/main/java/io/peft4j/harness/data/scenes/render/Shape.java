package io.peft4j.harness.data.scenes.render;

/**
 * A closed surface in its own frame. Implementations are immutable and allocate nothing when asked.
 *
 * <p>Safe for use by several threads.
 */
public sealed interface Shape permits Ellipsoid, Cuboid, Frustum, RoundCone, Torus, Polytope {
  /** What a ray that meets nothing answers. */
  double MISS = Double.POSITIVE_INFINITY;

  /** A hit nearer than this (metres) is the surface the ray started from. */
  double NEAR = 1e-6;

  /**
   * Distance along a unit direction to the first entry from outside.
   *
   * @return the distance, above {@link #NEAR}, or {@link #MISS}; a ray that starts inside may miss
   */
  double intersect(double ox, double oy, double oz, double dx, double dy, double dz);

  /** Writes the outward unit normal at a surface point into {@code out[0..2]}. */
  void normal(double x, double y, double z, double[] out);

  /** Radius of a sphere about {@link #middle} that holds the shape. */
  double radius();

  /** Height of the bounding sphere's centre on the local y axis. */
  default double middle() {
    return 0;
  }
}
