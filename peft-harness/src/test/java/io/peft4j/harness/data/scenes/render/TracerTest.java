package io.peft4j.harness.data.scenes.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Depth, normals and labels of simple stages against formulas. */
class TracerTest {
  private static final int WALL = 3;
  private static final int FLOOR = 4;
  private static final int CEILING = 5;
  private static final int BALL = 7;
  private static final double TANGENT = StrictMath.tan(StrictMath.PI / 6);

  private static Stage stage(Vec3 eye, Vec3 target, List<Thing> things, List<Light> lights) {
    Room room =
        new Room(
            6,
            4,
            8,
            Collections.nCopies(6, Material.matt(Rgb.WHITE.times(0.5))),
            List.of(WALL, WALL, WALL, WALL, FLOOR, CEILING),
            List.of());
    Camera camera = Camera.lookingAt(eye, target, StrictMath.PI / 3);
    return new Stage(room, things, lights, Rgb.WHITE.times(0.3), camera);
  }

  private static Thing ball(Vec3 centre, double radius) {
    Material red = Material.matt(new Rgb(0.8, 0.1, 0.1));
    Solid solid = Solid.of(Ellipsoid.ball(radius), Pose.at(centre), red);
    return new Thing(List.of(solid), BALL, 1);
  }

  /** A ball straight ahead: z-depth and normal of every pixel from the quadratic formula. */
  @Test
  void aBallHasItsAnalyticDepthAndNormal() {
    double away = 3;
    double radius = 0.8;
    Vec3 eye = Vec3.of(3, 2, 1);
    Stage stage =
        stage(eye, Vec3.of(3, 2, 2), List.of(ball(Vec3.of(3, 2, 1 + away), radius)), List.of());
    int h = 48;
    int w = 64;
    Frame f = new Tracer(stage).render(h, w, 1);
    int n = h * w;
    int seen = 0;
    for (int p = 0; p < n; p++) {
      double x = (2 * (p % w) + 1 - w) * TANGENT / h;
      double y = (h - 2 * (p / w) - 1) * TANGENT / h;
      // |z (x, y, -1) - (0, 0, -away)|^2 = radius^2 in the camera's frame.
      double a = x * x + y * y + 1;
      double disc = away * away - a * (away * away - radius * radius);
      assertEquals(disc > 0, f.semantic()[p] == BALL, "silhouette at pixel " + p);
      if (disc > 0) {
        double z = (away - Math.sqrt(disc)) / a;
        assertEquals(z, f.depth()[p], 1e-5);
        assertEquals(z * x / radius, f.normals()[p], 1e-5);
        assertEquals(z * y / radius, f.normals()[n + p], 1e-5);
        assertEquals((away - z) / radius, f.normals()[2 * n + p], 1e-5);
        assertEquals(1, f.instance()[p]);
        seen++;
      }
    }
    assertTrue(seen > n / 10, "the ball fills a good part of the picture");
  }

  /** A level camera in an empty room: plane depths and axis-aligned normals. */
  @Test
  void anEmptyRoomHasPlaneDepths() {
    Stage stage = stage(Vec3.of(3, 1.5, 1), Vec3.of(3, 1.5, 5), List.of(), List.of());
    int size = 40;
    Frame f = new Tracer(stage).render(size, size, 1);
    int n = size * size;
    int[] seen = new int[6];
    for (int p = 0; p < n; p++) {
      double x = (2 * (p % size) + 1 - size) * TANGENT / size;
      double y = (size - 2 * (p / size) - 1) * TANGENT / size;
      double floor = y < 0 ? -1.5 / y : Double.MAX_VALUE;
      double ceiling = y > 0 ? 2.5 / y : Double.MAX_VALUE;
      double side = x == 0 ? Double.MAX_VALUE : 3 / Math.abs(x);
      double z = Math.min(Math.min(floor, ceiling), Math.min(side, 7));
      assertEquals(z, f.depth()[p], 1e-5 * z);
      int label = z == floor ? FLOOR : z == ceiling ? CEILING : WALL;
      assertEquals(label, f.semantic()[p]);
      assertEquals(z == floor ? 1 : z == ceiling ? -1 : 0, f.normals()[n + p], 1e-6);
      assertEquals(z == 7 ? 1 : 0, f.normals()[2 * n + p], 1e-6);
      assertEquals(0, f.instance()[p]);
      seen[label]++;
    }
    assertTrue(seen[WALL] > 0 && seen[FLOOR] > 0, "walls and floor are in view");
  }

  /** The nearer of two things hides the farther; its part labels come through. */
  @Test
  void nearerHidesFarther() {
    Thing near = ball(Vec3.of(3, 2, 3), 0.3);
    Material m = Material.matt(Rgb.WHITE);
    Solid far = new Solid(new Cuboid(1, 1, 0.1), Pose.at(Vec3.of(3, 2, 5)), m, 6);
    Stage stage =
        stage(
            Vec3.of(3, 2, 1),
            Vec3.of(3, 2, 2),
            List.of(new Thing(List.of(far), 9, 2), near),
            List.of());
    Frame f = new Tracer(stage).render(65, 65, 1);
    int middle = 32 * 65 + 32;
    assertEquals(1, f.instance()[middle]);
    assertEquals(0, f.parts()[middle]);
    int aside = 32 * 65 + 45;
    assertEquals(2, f.instance()[aside]);
    assertEquals(9, f.semantic()[aside]);
    assertEquals(6, f.parts()[aside]);
    assertEquals(3.9f, f.depth()[aside], 1e-5f);
  }

  /** Lambert's law straight below a lamp, and darkness in the shadow of a ball. */
  @Test
  void lightAndShadow() {
    Light lamp = new Light(Vec3.of(3, 3.9, 4), Rgb.WHITE.times(0.4), 0, true);
    Vec3 eye = Vec3.of(3, 2, 1);
    Vec3 below = Vec3.of(3, 0, 4);
    Stage open = stage(eye, below, List.of(), List.of(lamp));
    Stage shaded = stage(eye, below, List.of(ball(Vec3.of(3, 2.6, 4), 0.4)), List.of(lamp));
    int size = 33;
    int middle = 16 * size + 16;
    float lit = new Tracer(open).render(size, size, 1).image()[middle];
    float dark = new Tracer(shaded).render(size, size, 1).image()[middle];
    double lambert = 0.4 * 2 / (1 + sq(3.9 / Light.REACH));
    assertEquals(Math.sqrt(0.5 * (0.3 + lambert)), lit, 1e-5);
    assertEquals(Math.sqrt(0.5 * 0.3), dark, 1e-5);
  }

  /** Pixel centres of an odd multiple of the size coincide, so the truth there is the same bits. */
  @Test
  void truthIsTheSameAtOddMultiplesOfTheSize() {
    Stage stage =
        stage(
            Vec3.of(2, 1.6, 0.7),
            Vec3.of(3.3, 1.1, 5),
            List.of(ball(Vec3.of(3, 1, 4), 0.7)),
            List.of());
    int h = 20;
    int w = 28;
    Frame small = new Tracer(stage).render(h, w, 1);
    for (int k : new int[] {3, 5}) {
      Frame large = new Tracer(stage).render(k * h, k * w, 1);
      for (int i = 0; i < h; i++) {
        for (int j = 0; j < w; j++) {
          int p = i * w + j;
          int q = (k * i + k / 2) * k * w + k * j + k / 2;
          assertEquals(small.semantic()[p], large.semantic()[q]);
          assertEquals(small.depth()[p], large.depth()[q], 0f);
          for (int c = 0; c < 3; c++) {
            float expected = small.normals()[c * h * w + p];
            assertEquals(expected, large.normals()[c * k * h * k * w + q], 0f);
          }
        }
      }
    }
  }

  @Test
  void aCameraOutsideTheRoomIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> stage(Vec3.of(7, 2, 1), Vec3.of(3, 2, 2), List.of(), List.of()));
  }

  private static double sq(double v) {
    return v * v;
  }
}
