package io.peft4j.harness.data.scenes.render;

/**
 * A shape of some material standing somewhere; the unit a ray meets.
 *
 * @param shape the surface in its own frame
 * @param pose where that frame stands
 * @param material how it looks; its texture is fixed to the shape's frame
 * @param part label of the part of a body, 0 for none
 */
public record Solid(Shape shape, Pose pose, Material material, int part) {
  /** Part labels are bytes. */
  public Solid {
    if (part < 0 || part > 127) {
      throw new IllegalArgumentException("part label must be in 0..127, got " + part);
    }
  }

  /** A solid that is no part of a body. */
  public static Solid of(Shape shape, Pose pose, Material material) {
    return new Solid(shape, pose, material, 0);
  }

  /** The same solid inside a frame that has the given pose. */
  public Solid inside(Pose outer) {
    return new Solid(shape, outer.times(pose), material, part);
  }

  /** Centre of the bounding sphere. */
  public Vec3 centre() {
    return pose.point(Vec3.of(0, shape.middle(), 0));
  }
}
