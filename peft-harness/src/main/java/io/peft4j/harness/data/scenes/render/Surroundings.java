package io.peft4j.harness.data.scenes.render;

import org.jspecify.annotations.Nullable;

/** The {@link Room} unpacked for the inner loop. */
final class Surroundings {
  private static final double CORNER = 0.45;
  private final double width;
  private final double height;
  private final double depth;
  private final Material[] materials;
  private final int[] semantics;
  private final Decal[][] decals = new Decal[6][];
  private int face;

  Surroundings(Room room) {
    width = room.width();
    height = room.height();
    depth = room.depth();
    materials = room.materials().toArray(Material[]::new);
    semantics = room.semantics().stream().mapToInt(Integer::intValue).toArray();
    for (int face = 0; face < 6; face++) {
      int f = face;
      decals[face] = room.decals().stream().filter(d -> d.face() == f).toArray(Decal[]::new);
    }
  }

  /** Distance along a direction from within to the face it meets. */
  double exit(double ox, double oy, double oz, double dx, double dy, double dz) {
    double tx = ((dx > 0 ? width : 0) - ox) / dx;
    double ty = ((dy > 0 ? height : 0) - oy) / dy;
    double tz = ((dz > 0 ? depth : 0) - oz) / dz;
    tx = dx == 0 ? Shape.MISS : tx;
    ty = dy == 0 ? Shape.MISS : ty;
    tz = dz == 0 ? Shape.MISS : tz;
    if (ty <= tx && ty <= tz) {
      face = dy > 0 ? Room.CEILING : Room.FLOOR;
      return ty;
    }
    if (tx <= tz) {
      face = dx > 0 ? 1 : 0;
      return tx;
    }
    face = dz > 0 ? 3 : 2;
    return tz;
  }

  /** The face that the last {@link #exit} met. */
  int face() {
    return face;
  }

  /** Writes the normal of a face, into the room, to {@code out[0..2]}. */
  static void normal(int face, double[] out) {
    out[0] = face == 0 ? 1 : face == 1 ? -1 : 0;
    out[1] = face == Room.FLOOR ? 1 : face == Room.CEILING ? -1 : 0;
    out[2] = face == 2 ? 1 : face == 3 ? -1 : 0;
  }

  int semantic(int face, double x, double y, double z) {
    Decal decal = decal(face, x, y, z);
    return decal == null ? semantics[face] : decal.semantic();
  }

  int instance(int face, double x, double y, double z) {
    Decal decal = decal(face, x, y, z);
    return decal == null ? 0 : decal.instance();
  }

  Material material(int face) {
    return materials[face];
  }

  /**
   * Writes the albedo, or the light, of a point of a face to {@code out[0..2]}.
   *
   * @return whether the point shines by itself
   */
  boolean paint(int face, double x, double y, double z, double[] out) {
    Decal decal = decal(face, x, y, z);
    double u = face < 2 ? z : x;
    double v = face < Room.FLOOR ? y : z;
    if (decal != null) {
      return decal.paint(u, v, out);
    }
    materials[face].albedo(u, v, 0, out);
    return false;
  }

  /** How much of the ambient light reaches a point of a face: less in the corners. */
  double openness(int face, double x, double y, double z) {
    double dx = face < 2 ? CORNER : Math.min(x, width - x);
    double dy = face >= Room.FLOOR ? CORNER : Math.min(y, height - y);
    double dz = face == 2 || face == 3 ? CORNER : Math.min(z, depth - z);
    return near(dx) * near(dy) * near(dz);
  }

  private static double near(double d) {
    if (d >= CORNER) {
      return 1;
    }
    double f = 1 - d / CORNER;
    return 1 - 0.3 * f * f;
  }

  private @Nullable Decal decal(int face, double x, double y, double z) {
    double u = face < 2 ? z : x;
    for (Decal d : decals[face]) {
      if (d.covers(face, u, y)) {
        return d;
      }
    }
    return null;
  }
}
