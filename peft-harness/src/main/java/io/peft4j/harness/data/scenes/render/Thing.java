package io.peft4j.harness.data.scenes.render;

import java.util.List;

/**
 * One object of a scene: solids that share an identity.
 *
 * @param solids what it is made of, in world coordinates
 * @param semantic class label of its pixels
 * @param instance identity, unique in a scene and above 0
 */
public record Thing(List<Solid> solids, int semantic, int instance) {
  /** At least one solid; labels in range. */
  public Thing {
    solids = List.copyOf(solids);
    if (solids.isEmpty()) {
      throw new IllegalArgumentException("a thing needs at least one solid");
    }
    if (semantic < 0 || semantic > 127 || instance < 1 || instance > Short.MAX_VALUE) {
      throw new IllegalArgumentException(
          "semantic label must be in 0..127 and instance in 1..32767, got "
              + semantic
              + " and "
              + instance);
    }
  }

  /** A sphere that holds all solids: the mean of their centres, and the farthest reach from it. */
  public Bounds bounds() {
    Vec3 sum = Vec3.ZERO;
    for (Solid s : solids) {
      sum = sum.plus(s.centre());
    }
    Vec3 centre = sum.times(1.0 / solids.size());
    double radius = 0;
    for (Solid s : solids) {
      radius = Math.max(radius, s.centre().minus(centre).length() + s.shape().radius());
    }
    return new Bounds(centre, radius);
  }

  /**
   * A bounding sphere.
   *
   * @param centre its centre, metres
   * @param radius its radius, metres
   */
  public record Bounds(Vec3 centre, double radius) {}
}
