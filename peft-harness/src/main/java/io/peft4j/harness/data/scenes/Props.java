package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Cuboid;
import io.peft4j.harness.data.scenes.render.Ellipsoid;
import io.peft4j.harness.data.scenes.render.Frustum;
import io.peft4j.harness.data.scenes.render.Material;
import io.peft4j.harness.data.scenes.render.Pose;
import io.peft4j.harness.data.scenes.render.Shape;
import io.peft4j.harness.data.scenes.render.Solid;
import io.peft4j.harness.data.scenes.render.Torus;
import io.peft4j.harness.data.scenes.render.Vec3;
import java.util.List;

/** Loose objects for rooms, resting on their base: blocks, balls, cylinders, cones, rings. */
final class Props {
  /** The classes of loose objects, each as likely. */
  static final List<SceneClass> KINDS =
      List.of(
          SceneClass.BOX, SceneClass.BALL, SceneClass.CYLINDER, SceneClass.CONE, SceneClass.TORUS);

  private final SceneRandom random;
  private final Swatches swatches;

  Props(SceneRandom random, Swatches swatches) {
    this.random = random;
    this.swatches = swatches;
  }

  /**
   * An object of a class that fits over a disc.
   *
   * @param size radius of the disc, metres
   */
  Item make(SceneClass kind, double size) {
    Material m = swatches.thing();
    return switch (kind) {
      case BOX -> box(size, m);
      case BALL -> one(kind, Ellipsoid.ball(0.8 * size), 0.8 * size, m);
      case CYLINDER -> cylinder(size, m);
      case CONE -> {
        double r = size * random.between(0.65, 0.95);
        double half = r * random.between(0.8, 1.6);
        yield one(kind, Frustum.cone(half, r), half, m).needing(r);
      }
      case TORUS -> torus(size, m);
      default -> throw new IllegalArgumentException("no loose object of class " + kind);
    };
  }

  private Item box(double size, Material m) {
    double hx = size * random.between(0.45, 0.75);
    double hz = size * random.between(0.45, 0.65);
    double hy = size * random.between(0.4, 0.9);
    Item box = one(SceneClass.BOX, new Cuboid(hx, hy, hz), hy, m);
    return box.needing(Math.sqrt(hx * hx + hz * hz)).carrying(2 * hy, Math.min(hx, hz));
  }

  private Item cylinder(double size, Material m) {
    if (random.chance(0.3)) {
      // Lying on its side.
      double r = size * random.between(0.35, 0.6);
      double half = size * random.between(0.6, 0.8);
      Pose pose = Pose.along(Vec3.of(0, r, 0), Vec3.of(1, r, 0));
      Solid solid = Solid.of(Frustum.cylinder(half, r), pose, m);
      return Item.of(SceneClass.CYLINDER, List.of(solid));
    }
    double r = size * random.between(0.45, 0.75);
    double half = r * random.between(0.7, 1.9);
    return one(SceneClass.CYLINDER, Frustum.cylinder(half, r), half, m).needing(r);
  }

  private Item torus(double size, Material m) {
    double tube = size * random.between(0.2, 0.28);
    double ring = size - tube;
    Torus torus = new Torus(ring, tube);
    if (random.chance(0.35)) {
      return one(SceneClass.TORUS, torus, tube, m);
    }
    // Standing on its rim, leaning a little.
    double lean = random.degrees(-15, 15);
    Vec3 axis = Vec3.of(0, StrictMath.sin(lean), StrictMath.cos(lean));
    double height = ring * StrictMath.cos(lean) + tube;
    Vec3 centre = Vec3.of(0, height, 0);
    Pose pose = Pose.along(centre, centre.plus(axis));
    return Item.of(SceneClass.TORUS, List.of(Solid.of(torus, pose, m)));
  }

  private static Item one(SceneClass kind, Shape shape, double height, Material m) {
    Pose pose = Pose.at(Vec3.of(0, height, 0));
    return Item.of(kind, List.of(Solid.of(shape, pose, m)));
  }
}
