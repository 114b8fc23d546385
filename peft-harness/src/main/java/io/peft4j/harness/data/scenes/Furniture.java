package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Cuboid;
import io.peft4j.harness.data.scenes.render.Ellipsoid;
import io.peft4j.harness.data.scenes.render.Frustum;
import io.peft4j.harness.data.scenes.render.Material;
import io.peft4j.harness.data.scenes.render.Pose;
import io.peft4j.harness.data.scenes.render.Shape;
import io.peft4j.harness.data.scenes.render.Solid;
import io.peft4j.harness.data.scenes.render.Vec3;
import java.util.ArrayList;
import java.util.List;

/** Tables, chairs, stools and lamps. Chairs face along z. */
final class Furniture {
  private final SceneRandom random;
  private final Swatches swatches;

  Furniture(SceneRandom random, Swatches swatches) {
    this.random = random;
    this.swatches = swatches;
  }

  /** A table with four legs, or a round one with a foot. */
  Item table() {
    double height = random.between(0.55, 0.8);
    double thick = random.between(0.025, 0.05);
    Material top = swatches.furniture();
    Material leg = random.chance(0.6) ? top : swatches.furniture();
    List<Solid> solids = new ArrayList<>();
    if (random.chance(0.3)) {
      double r = random.between(0.4, 0.6);
      add(solids, Frustum.cylinder(thick, r), 0, height - thick, 0, top);
      add(solids, Frustum.cylinder(height / 2 - thick, 0.06), 0, height / 2 - thick, 0, leg);
      add(solids, new Frustum(0.03, 0.6 * r, 0.4 * r), 0, 0.03, 0, leg);
      return Item.of(SceneClass.FURNITURE, solids).needing(r).carrying(height, 0.9 * r);
    }
    double hx = random.between(0.45, 0.75);
    double hz = random.between(0.32, 0.5);
    add(solids, new Cuboid(hx, thick, hz), 0, height - thick, 0, top);
    legs(solids, hx - 0.06, hz - 0.06, height - 2 * thick, 0.04, leg);
    return Item.of(SceneClass.FURNITURE, solids)
        .needing(Math.sqrt(hx * hx + hz * hz))
        .carrying(height, 0.9 * hz);
  }

  /** A chair with a back, its seat at a height. */
  Item chair(double seat) {
    Material m = swatches.furniture();
    Material cushion = random.chance(0.5) ? m : swatches.thing();
    double half = random.between(0.2, 0.24);
    double thick = 0.03;
    List<Solid> solids = new ArrayList<>();
    add(solids, new Cuboid(half, thick, half), 0, seat - thick, 0, cushion);
    legs(solids, half - 0.03, half - 0.03, seat - 2 * thick, 0.025, m);
    double back = random.between(0.2, 0.28);
    add(solids, new Cuboid(half, back, 0.02), 0, seat + 0.12 + back, -half + 0.02, m);
    for (int side = -1; side <= 1; side += 2) {
      double x = side * (half - 0.03);
      add(solids, new Cuboid(0.02, 0.12, 0.02), x, seat + 0.1, -half + 0.02, m);
    }
    return Item.of(SceneClass.FURNITURE, solids).needing(0.36);
  }

  /** A round stool, its seat at a height. */
  Item stool(double seat) {
    Material m = swatches.furniture();
    double r = random.between(0.18, 0.23);
    List<Solid> solids = new ArrayList<>();
    add(solids, Frustum.cylinder(0.03, r), 0, seat - 0.03, 0, m);
    add(solids, Frustum.cylinder(seat / 2 - 0.03, 0.05), 0, seat / 2 - 0.03, 0, m);
    add(solids, new Frustum(0.02, 0.9 * r, 0.5 * r), 0, 0.02, 0, m);
    return Item.of(SceneClass.FURNITURE, solids).needing(r + 0.05);
  }

  /** A standing lamp: foot, pole and shade. */
  Item lamp() {
    double height = random.between(1.1, 1.6);
    Material metal = swatches.furniture();
    Material shade = swatches.thing();
    double r = random.between(0.16, 0.24);
    double half = random.between(0.12, 0.18);
    List<Solid> solids = new ArrayList<>();
    add(solids, new Frustum(0.025, 0.17, 0.12), 0, 0.025, 0, metal);
    double pole = height - 2 * half;
    add(solids, Frustum.cylinder(pole / 2, 0.025), 0, pole / 2, 0, metal);
    if (random.chance(0.75)) {
      Frustum cover = new Frustum(half, r, r * random.between(0.4, 0.8));
      add(solids, cover, 0, height - half, 0, shade);
    } else {
      add(solids, Ellipsoid.ball(0.9 * r), 0, height - half, 0, shade);
    }
    return Item.of(SceneClass.FURNITURE, solids).needing(0.25);
  }

  private static void legs(
      List<Solid> solids, double x, double z, double height, double half, Material m) {
    for (int side = -1; side <= 1; side += 2) {
      for (int end = -1; end <= 1; end += 2) {
        Cuboid leg = new Cuboid(half, height / 2, half);
        add(solids, leg, side * x, height / 2, end * z, m);
      }
    }
  }

  private static void add(
      List<Solid> solids, Shape shape, double x, double y, double z, Material m) {
    solids.add(Solid.of(shape, Pose.at(Vec3.of(x, y, z)), m));
  }
}
