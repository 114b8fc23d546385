package io.peft4j.harness.data.scenes.render;

import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Answers shadow rays. Bodies of one thing are halved along their widest axis into a tree of
 * bounding spheres; the trees lie one after the other in depth-first order, each node with the
 * place to continue at when its sphere is missed.
 */
final class Occluders {
  private final double[] spheres;
  private final int[] skip;
  private final @Nullable Body[] leaves;
  private int nodes;
  private @Nullable Body last;

  Occluders(Body[][] groups) {
    int n = Math.max(1, 2 * Arrays.stream(groups).mapToInt(g -> g.length).sum());
    spheres = new double[4 * n];
    skip = new int[n];
    leaves = new Body[n];
    for (Body[] group : groups) {
      add(group);
    }
  }

  private void add(Body[] bodies) {
    int node = nodes++;
    Vec3 low = bodies[0].centre();
    Vec3 high = low;
    Vec3 sum = Vec3.ZERO;
    for (Body b : bodies) {
      Vec3 c = b.centre();
      sum = sum.plus(c);
      low = Vec3.of(Math.min(low.x(), c.x()), Math.min(low.y(), c.y()), Math.min(low.z(), c.z()));
      high =
          Vec3.of(Math.max(high.x(), c.x()), Math.max(high.y(), c.y()), Math.max(high.z(), c.z()));
    }
    Vec3 centre = sum.times(1.0 / bodies.length);
    double radius = 0;
    for (Body b : bodies) {
      radius = Math.max(radius, b.centre().minus(centre).length() + b.radius());
    }
    spheres[4 * node] = centre.x();
    spheres[4 * node + 1] = centre.y();
    spheres[4 * node + 2] = centre.z();
    spheres[4 * node + 3] = radius * radius;
    if (bodies.length == 1) {
      leaves[node] = bodies[0];
    } else {
      Vec3 size = high.minus(low);
      Comparator<Body> order =
          size.y() >= size.x() && size.y() >= size.z()
              ? Comparator.comparingDouble(b -> b.centre().y())
              : size.x() >= size.z()
                  ? Comparator.comparingDouble(b -> b.centre().x())
                  : Comparator.comparingDouble(b -> b.centre().z());
      Body[] sorted = bodies.clone();
      Arrays.sort(sorted, order);
      add(Arrays.copyOfRange(sorted, 0, sorted.length / 2));
      add(Arrays.copyOfRange(sorted, sorted.length / 2, sorted.length));
    }
    skip[node] = nodes;
  }

  /** Whether anything stands between a point and the end of a ray. */
  boolean block(double ox, double oy, double oz, double dx, double dy, double dz, double distance) {
    // What hid the light from the last point likely hides it from this one.
    if (last != null && last.intersect(ox, oy, oz, dx, dy, dz) < distance) {
      return true;
    }
    double[] s = spheres;
    int node = 0;
    while (node < nodes) {
      int j = 4 * node;
      double wx = s[j] - ox;
      double wy = s[j + 1] - oy;
      double wz = s[j + 2] - oz;
      double along = wx * dx + wy * dy + wz * dz;
      double outside = wx * wx + wy * wy + wz * wz - s[j + 3];
      if (outside > 0 && (along < 0 || along * along < outside)) {
        node = skip[node];
        continue;
      }
      Body body = leaves[node];
      if (body != null && body.intersect(ox, oy, oz, dx, dy, dz) < distance) {
        last = body;
        return true;
      }
      node++;
    }
    last = null;
    return false;
  }
}
