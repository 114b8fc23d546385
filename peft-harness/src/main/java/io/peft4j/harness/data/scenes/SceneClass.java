package io.peft4j.harness.data.scenes;

import java.util.Arrays;
import java.util.Locale;

/**
 * Semantic classes of the embedded data sets. The label of a pixel is the ordinal.
 *
 * <p>Shapes that only the single-object split has take the nearest class: ellipsoids are balls,
 * capsules cylinders, pyramids cones, prisms boxes.
 */
public enum SceneClass {
  /** Walls, and pictures on them. */
  WALL(0x9e9e9e),
  /** The floor. */
  FLOOR(0x6d4c41),
  /** The ceiling. */
  CEILING(0xe6ee9c),
  /** Door leaf and its frame. */
  DOOR(0xff7043),
  /** Window and its frame. */
  WINDOW(0x4fc3f7),
  /** Tables, chairs, stools and lamps. */
  FURNITURE(0xab47bc),
  /** Blocks. */
  BOX(0x3949ab),
  /** Balls. */
  BALL(0xfdd835),
  /** Cylinders. */
  CYLINDER(0x43a047),
  /** Cones. */
  CONE(0x00897b),
  /** Rings. */
  TORUS(0xf06292),
  /** People. */
  PERSON(0xd50000);

  private final int color;

  SceneClass(int color) {
    this.color = color;
  }

  /** Number of classes. */
  public static int count() {
    return values().length;
  }

  /** Colour for pictures of labels, 0xRRGGBB. */
  public int color() {
    return color;
  }

  /** Lower-case name for tables and pictures. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Colours of all classes by label. */
  public static int[] colors() {
    return Arrays.stream(values()).mapToInt(SceneClass::color).toArray();
  }
}
