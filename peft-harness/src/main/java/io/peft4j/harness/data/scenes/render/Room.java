package io.peft4j.harness.data.scenes.render;

import java.util.List;

/**
 * An empty box seen from within, from the origin to (width, height, depth), floor at y = 0.
 *
 * @param width extent along x, metres
 * @param height extent along y
 * @param depth extent along z
 * @param materials of the six faces, in the order of the face numbers
 * @param semantics class labels of the six faces
 * @param decals what hangs on the walls
 */
public record Room(
    double width,
    double height,
    double depth,
    List<Material> materials,
    List<Integer> semantics,
    List<Decal> decals) {
  /** Face number of the wall x = 0; the next three are x = width, z = 0, z = depth. */
  public static final int WALL = 0;

  /** Face number of the floor. */
  public static final int FLOOR = 4;

  /** Face number of the ceiling. */
  public static final int CEILING = 5;

  /** Positive extents, six materials and labels. */
  public Room {
    Checks.positive("extent of a room", width, height, depth);
    materials = List.copyOf(materials);
    semantics = List.copyOf(semantics);
    decals = List.copyOf(decals);
    if (materials.size() != 6 || semantics.size() != 6) {
      throw new IllegalArgumentException(
          "a room has six faces, got "
              + materials.size()
              + " materials and "
              + semantics.size()
              + " labels");
    }
  }

  /** Whether a point is inside, at least a margin away from every face. */
  public boolean holds(Vec3 p, double margin) {
    return p.x() >= margin
        && p.x() <= width - margin
        && p.y() >= margin
        && p.y() <= height - margin
        && p.z() >= margin
        && p.z() <= depth - margin;
  }
}
