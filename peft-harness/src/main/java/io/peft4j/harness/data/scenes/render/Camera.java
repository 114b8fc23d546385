package io.peft4j.harness.data.scenes.render;

/**
 * A pinhole camera. Its frame, in which normals are given: x to the right of the picture, y up, z
 * towards the viewer (out of the picture). Depth is the distance along -z.
 *
 * @param position the pinhole, metres
 * @param right unit x axis in world coordinates
 * @param up unit y axis
 * @param back unit z axis, against the viewing direction
 * @param tangent tangent of half the field of view over the shorter side of the picture
 */
public record Camera(Vec3 position, Vec3 right, Vec3 up, Vec3 back, double tangent) {
  /** The field of view must be open and below 180 degrees. */
  public Camera {
    Checks.positive("tangent of half the field of view", tangent);
  }

  /**
   * A level camera looking at a point.
   *
   * @param fieldOfView angle over the shorter side of the picture, radians
   */
  public static Camera lookingAt(Vec3 position, Vec3 target, double fieldOfView) {
    Vec3 back = position.minus(target).unit();
    Vec3 right = Vec3.UP.cross(back).unit();
    return new Camera(position, right, back.cross(right), back, StrictMath.tan(fieldOfView / 2));
  }
}
