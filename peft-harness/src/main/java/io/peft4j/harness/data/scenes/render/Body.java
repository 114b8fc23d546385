package io.peft4j.harness.data.scenes.render;

/** A {@link Solid} unpacked for the inner loop. Callers test the bounding sphere first. */
final class Body {
  final Shape shape;
  final Material material;
  final int part;
  final int semantic;
  final int instance;
  private final Vec3 centre;
  private final double radius;
  private final double px;
  private final double py;
  private final double pz;
  private final double xx;
  private final double xy;
  private final double xz;
  private final double yx;
  private final double yy;
  private final double yz;
  private final double zx;
  private final double zy;
  private final double zz;

  Body(Solid solid, Thing thing) {
    shape = solid.shape();
    material = solid.material();
    part = solid.part();
    semantic = thing.semantic();
    instance = thing.instance();
    centre = solid.centre();
    // A hair wider, so that rounding never loses a tangent ray.
    radius = shape.radius() + 1e-9;
    Pose pose = solid.pose();
    px = pose.origin().x();
    py = pose.origin().y();
    pz = pose.origin().z();
    xx = pose.x().x();
    xy = pose.x().y();
    xz = pose.x().z();
    yx = pose.y().x();
    yy = pose.y().y();
    yz = pose.y().z();
    zx = pose.z().x();
    zy = pose.z().y();
    zz = pose.z().z();
  }

  Vec3 centre() {
    return centre;
  }

  double radius() {
    return radius;
  }

  /** Distance along a unit direction to the first entry, or {@link Shape#MISS}. */
  double intersect(double ox, double oy, double oz, double dx, double dy, double dz) {
    double vx = ox - px;
    double vy = oy - py;
    double vz = oz - pz;
    return shape.intersect(
        xx * vx + xy * vy + xz * vz,
        yx * vx + yy * vy + yz * vz,
        zx * vx + zy * vy + zz * vz,
        xx * dx + xy * dy + xz * dz,
        yx * dx + yy * dy + yz * dz,
        zx * dx + zy * dy + zz * dz);
  }

  /** Writes the world normal at a world surface point to {@code out[0..2]}. */
  void normal(double x, double y, double z, double[] out) {
    double vx = x - px;
    double vy = y - py;
    double vz = z - pz;
    shape.normal(
        xx * vx + xy * vy + xz * vz, yx * vx + yy * vy + yz * vz, zx * vx + zy * vy + zz * vz, out);
    double nx = out[0];
    double ny = out[1];
    double nz = out[2];
    out[0] = xx * nx + yx * ny + zx * nz;
    out[1] = xy * nx + yy * ny + zy * nz;
    out[2] = xz * nx + yz * ny + zz * nz;
  }

  /** Writes the albedo at a world surface point to {@code out[0..2]}. */
  void albedo(double x, double y, double z, double[] out) {
    double vx = x - px;
    double vy = y - py;
    double vz = z - pz;
    material.albedo(
        xx * vx + xy * vy + xz * vz, yx * vx + yy * vy + yz * vz, zx * vx + zy * vy + zz * vz, out);
  }
}
