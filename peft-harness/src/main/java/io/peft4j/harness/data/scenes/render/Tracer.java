package io.peft4j.harness.data.scenes.render;

import java.util.Arrays;

/**
 * Renders one {@link Stage}. Not thread-safe; make one per picture. The result depends on the stage
 * and the size alone: pixels are rendered one by one in a fixed arithmetic without platform
 * dependent functions (only +, -, *, / and sqrt, which IEEE 754 fixes to the bit).
 *
 * <p>A pixel (row i, column j) of an H x W picture is centred on the picture coordinates x = (2 j +
 * 1 - W) / min(H, W) and y = (H - 2 i - 1) / min(H, W), times the camera's tangent. Hence the truth
 * at a pixel centre is the same, to the bit, in a picture of an odd multiple of the size.
 *
 * <p>Not safe for use by several threads; it remembers the last ray.
 */
public final class Tracer {
  private static final int TILE = 8;
  private final Camera camera;
  private final Surroundings room;
  private final Body[][] groups;
  private final Body[] bodies;
  private final Screen screen;
  private final Stage stage;
  private final int[] list;
  private int listed;
  private final double[] normal = new double[3];
  private final double[] colour = new double[3];
  private double dx;
  private double dy;
  private double dz;
  private double stretch;
  private int hit;
  private double distance;

  /** Prepares a stage for rendering. */
  public Tracer(Stage stage) {
    this.stage = stage;
    camera = stage.camera();
    room = new Surroundings(stage.room());
    groups = groups(stage);
    bodies = Arrays.stream(groups).flatMap(Arrays::stream).toArray(Body[]::new);
    screen = new Screen(bodies, camera);
    list = new int[bodies.length];
  }

  private static Body[][] groups(Stage stage) {
    return stage.things().stream()
        .map(t -> t.solids().stream().map(s -> new Body(s, t)).toArray(Body[]::new))
        .toArray(Body[][]::new);
  }

  /**
   * Renders the picture and its truth.
   *
   * @param height rows, at least 1
   * @param width columns, at least 1
   * @param samples sub-pixel samples per axis for the image; labels take the pixel centre
   */
  public Frame render(int height, int width, int samples) {
    Frame frame = Frame.blank(height, width);
    Lighting lighting = new Lighting(groups, stage.lights(), stage.ambient(), samples * samples);
    for (int top = 0; top < height; top += TILE) {
      int bottom = Math.min(height, top + TILE);
      for (int left = 0; left < width; left += TILE) {
        int right = Math.min(width, left + TILE);
        select(top, bottom, left, right, height, width);
        for (int i = top; i < bottom; i++) {
          for (int j = left; j < right; j++) {
            truth(frame, i, j);
            image(frame, lighting, i, j, samples);
          }
        }
      }
    }
    return frame;
  }

  /** Identities at the pixel centres of a picture of the given size, row-major. */
  public short[] instances(int height, int width) {
    short[] out = new short[height * width];
    for (int top = 0; top < height; top += TILE) {
      int bottom = Math.min(height, top + TILE);
      for (int left = 0; left < width; left += TILE) {
        int right = Math.min(width, left + TILE);
        select(top, bottom, left, right, height, width);
        for (int i = top; i < bottom; i++) {
          for (int j = left; j < right; j++) {
            aim(2 * j + 1 - width, height - 2 * i - 1, Math.min(height, width));
            trace();
            out[i * width + j] = (short) identity();
          }
        }
      }
    }
    return out;
  }

  /** Lists the bodies that may show in a tile. */
  private void select(int top, int bottom, int left, int right, int height, int width) {
    double scale = camera.tangent() / Math.min(height, width);
    listed =
        screen.within(
            (2 * left - width) * scale,
            (2 * right - width) * scale,
            (height - 2 * bottom) * scale,
            (height - 2 * top) * scale,
            list);
  }

  /** Points the ray at picture coordinates (x / n, y / n) times the tangent. */
  private void aim(double x, double y, double n) {
    double u = x / n * camera.tangent();
    double v = y / n * camera.tangent();
    stretch = Math.sqrt(u * u + v * v + 1);
    Vec3 r = camera.right();
    Vec3 p = camera.up();
    Vec3 b = camera.back();
    double shrink = 1 / stretch;
    dx = (u * r.x() + v * p.x() - b.x()) * shrink;
    dy = (u * r.y() + v * p.y() - b.y()) * shrink;
    dz = (u * r.z() + v * p.z() - b.z()) * shrink;
  }

  /** Finds what the ray meets: a body's number, or -1 - face of the room. */
  private void trace() {
    double ox = camera.position().x();
    double oy = camera.position().y();
    double oz = camera.position().z();
    double best = Shape.MISS;
    int found = -1;
    for (int k = 0; k < listed; k++) {
      if (!screen.near(list[k], dx, dy, dz)) {
        continue;
      }
      double t = bodies[list[k]].intersect(ox, oy, oz, dx, dy, dz);
      if (t < best) {
        best = t;
        found = list[k];
      }
    }
    double exit = room.exit(ox, oy, oz, dx, dy, dz);
    if (found >= 0 && best < exit) {
      hit = found;
      distance = best;
    } else {
      hit = -1 - room.face();
      distance = exit;
    }
  }

  private double x() {
    return camera.position().x() + distance * dx;
  }

  private double y() {
    return camera.position().y() + distance * dy;
  }

  private double z() {
    return camera.position().z() + distance * dz;
  }

  private int identity() {
    return hit >= 0 ? bodies[hit].instance : room.instance(-1 - hit, x(), y(), z());
  }

  private void surfaceNormal() {
    if (hit >= 0) {
      bodies[hit].normal(x(), y(), z(), normal);
    } else {
      Surroundings.normal(-1 - hit, normal);
    }
  }

  private void truth(Frame frame, int i, int j) {
    int height = frame.height();
    int width = frame.width();
    int pixel = i * width + j;
    int plane = height * width;
    aim(2 * j + 1 - width, height - 2 * i - 1, Math.min(height, width));
    trace();
    frame.instance()[pixel] = (short) identity();
    frame.semantic()[pixel] =
        (byte) (hit >= 0 ? bodies[hit].semantic : room.semantic(-1 - hit, x(), y(), z()));
    frame.parts()[pixel] = (byte) (hit >= 0 ? bodies[hit].part : 0);
    frame.depth()[pixel] = (float) (distance / stretch);
    surfaceNormal();
    frame.normals()[pixel] = (float) along(camera.right());
    frame.normals()[plane + pixel] = (float) along(camera.up());
    frame.normals()[2 * plane + pixel] = (float) along(camera.back());
  }

  private double along(Vec3 axis) {
    return normal[0] * axis.x() + normal[1] * axis.y() + normal[2] * axis.z();
  }

  private void image(Frame frame, Lighting lighting, int i, int j, int samples) {
    int height = frame.height();
    int width = frame.width();
    double red = 0;
    double green = 0;
    double blue = 0;
    int shorter = Math.min(height, width);
    for (int a = 0; a < samples; a++) {
      for (int b = 0; b < samples; b++) {
        double column = 2 * (j + (b + 0.5) / samples) - width;
        double row = height - 2 * (i + (a + 0.5) / samples);
        aim(column, row, shorter);
        trace();
        light(lighting, a * samples + b);
        red += screen(colour[0]);
        green += screen(colour[1]);
        blue += screen(colour[2]);
      }
    }
    int pixel = i * width + j;
    int plane = height * width;
    double share = 1.0 / (samples * samples);
    frame.image()[pixel] = (float) (red * share);
    frame.image()[plane + pixel] = (float) (green * share);
    frame.image()[2 * plane + pixel] = (float) (blue * share);
  }

  private void light(Lighting lighting, int sample) {
    double x = x();
    double y = y();
    double z = z();
    surfaceNormal();
    if (hit >= 0) {
      Body body = bodies[hit];
      body.albedo(x, y, z, colour);
      lighting.shade(x, y, z, normal, dx, dy, dz, 1, body.material, sample, colour);
      return;
    }
    int face = -1 - hit;
    if (!room.paint(face, x, y, z, colour)) {
      double open = room.openness(face, x, y, z);
      Material material = room.material(face);
      lighting.shade(x, y, z, normal, dx, dy, dz, open, material, sample, colour);
    }
  }

  /** Linear light to screen value: gamma 2, which needs no power function. */
  private static double screen(double light) {
    return Math.sqrt(Math.min(1, light));
  }
}
