package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Camera;
import io.peft4j.harness.data.scenes.render.Cuboid;
import io.peft4j.harness.data.scenes.render.Ellipsoid;
import io.peft4j.harness.data.scenes.render.Frustum;
import io.peft4j.harness.data.scenes.render.Material;
import io.peft4j.harness.data.scenes.render.Polytope;
import io.peft4j.harness.data.scenes.render.Pose;
import io.peft4j.harness.data.scenes.render.Room;
import io.peft4j.harness.data.scenes.render.RoundCone;
import io.peft4j.harness.data.scenes.render.Shape;
import io.peft4j.harness.data.scenes.render.Solid;
import io.peft4j.harness.data.scenes.render.Stage;
import io.peft4j.harness.data.scenes.render.Thing;
import io.peft4j.harness.data.scenes.render.Torus;
import io.peft4j.harness.data.scenes.render.Vec3;
import java.util.ArrayList;
import java.util.List;

/**
 * One object in an empty room, seen from any side. Solids of one piece are turned at random; people
 * and furniture stand upright. The bounding sphere fills between half and the whole of the picture.
 */
final class ObjectComposer {
  private static final int ATTEMPTS = 64;
  private final SceneRandom random;
  private final Swatches swatches;

  private ObjectComposer(SceneRandom random) {
    this.random = random;
    swatches = new Swatches(random);
  }

  /** Composes a picture of one class. */
  static Stage compose(SceneRandom random, ObjectClass label) {
    ObjectComposer c = new ObjectComposer(random);
    RoomBuilder builder = new RoomBuilder(random, c.swatches);
    Room room = builder.room(random.between(5, 8), random.between(2.6, 3.4), random.between(5, 8));
    Vec3 place =
        Vec3.of(
            room.width() * random.between(0.4, 0.6), 0, room.depth() * random.between(0.4, 0.6));
    List<Thing> things = c.things(label, place, room.decals().size() + 1);
    Camera camera = c.camera(room, things.get(0).bounds(), things.get(0).solids().size() > 1);
    return new Stage(room, things, builder.lights(room), builder.ambient(), camera);
  }

  private List<Thing> things(ObjectClass label, Vec3 place, int instance) {
    return switch (label) {
      case BOX -> single(SceneClass.BOX, box(), place, instance);
      case BALL -> single(SceneClass.BALL, Ellipsoid.ball(size()), place, instance);
      case ELLIPSOID -> single(SceneClass.BALL, ellipsoid(), place, instance);
      case CYLINDER -> {
        double r = size();
        Shape shape = Frustum.cylinder(r * random.between(0.6, 1.8), r);
        yield single(SceneClass.CYLINDER, shape, place, instance);
      }
      case CAPSULE -> {
        double r = 0.7 * size();
        Shape shape = new RoundCone(r * random.between(1.2, 3.5), r, r * random.between(0.6, 1));
        yield single(SceneClass.CYLINDER, shape, place, instance);
      }
      case CONE -> {
        double r = size();
        yield single(
            SceneClass.CONE, Frustum.cone(r * random.between(0.7, 1.5), r), place, instance);
      }
      case PYRAMID -> {
        double r = size();
        yield single(
            SceneClass.CONE, Polytope.pyramid(r * random.between(0.7, 1.4), r), place, instance);
      }
      case PRISM -> {
        double r = 0.6 * size();
        yield single(
            SceneClass.BOX, Polytope.prism(r * random.between(0.8, 2.4), r), place, instance);
      }
      case TORUS -> {
        double r = size();
        Shape shape = new Torus(r, r * random.between(0.2, 0.45));
        yield single(SceneClass.TORUS, shape, place, instance);
      }
      case TABLE -> upright(furniture().table(), place, instance);
      case CHAIR -> upright(furniture().chair(random.between(0.4, 0.5)), place, instance);
      case LAMP -> upright(furniture().lamp(), place, instance);
      case PERSON_STANDING -> {
        FigurePose pose =
            random.chance(0.5) ? FigurePose.standing(random) : FigurePose.walking(random);
        yield person(pose, place, instance);
      }
      case PERSON_SITTING -> person(FigurePose.sitting(random), place, instance);
      case PERSON_ARMS_UP -> person(FigurePose.armsUp(random), place, instance);
    };
  }

  private double size() {
    return random.between(0.25, 0.5);
  }

  private Shape box() {
    return new Cuboid(size(), size(), size());
  }

  private Shape ellipsoid() {
    double r = size();
    double other = r * random.between(0.4, 0.62);
    return random.chance(0.5)
        ? new Ellipsoid(other, r, other * random.between(0.85, 1.15))
        : new Ellipsoid(r, other, r * random.between(0.8, 1));
  }

  private Furniture furniture() {
    return new Furniture(random, swatches);
  }

  /** A solid turned at random; half of them touch the floor, the others float. */
  private List<Thing> single(SceneClass semantic, Shape shape, Vec3 place, int instance) {
    double low = shape.radius() + 0.02;
    double height = random.chance(0.5) ? low : random.between(low, Math.max(low, 1.6));
    Pose turned =
        Pose.rotated(
            Vec3.ZERO,
            random.between(-1, 1),
            random.between(-1, 1),
            random.between(-1, 1),
            random.between(-1, 1));
    Pose pose =
        Pose.at(place.plus(Vec3.of(0, height, 0)))
            .times(turned)
            .times(Pose.at(Vec3.of(0, -shape.middle(), 0)));
    Material material = swatches.thing();
    return List.of(
        new Thing(List.of(Solid.of(shape, pose, material)), semantic.ordinal(), instance));
  }

  private List<Thing> upright(Item item, Vec3 place, int instance) {
    return List.of(item.placed(Pose.yawed(place, random.between(-3.2, 3.2)), instance));
  }

  private List<Thing> person(FigurePose figure, Vec3 place, int instance) {
    Figure.Built built = Figure.build(random, swatches, figure);
    Pose pose = Pose.yawed(place, random.between(-3.2, 3.2));
    List<Thing> things = new ArrayList<>();
    things.add(built.item().placed(pose, instance));
    if (built.seat() > 0) {
      Item seat =
          random.chance(0.5) ? furniture().chair(built.seat()) : furniture().stool(built.seat());
      things.add(seat.placed(pose, instance + 1));
    }
    return things;
  }

  private Camera camera(Room room, Thing.Bounds bounds, boolean composite) {
    double view = random.degrees(40, 60);
    // Spheres around composites are loose: people and furniture may exceed them.
    double fill = random.between(0.62, 1.05) * (composite ? 1.35 : 1);
    double distance = bounds.radius() * (1 / (fill * StrictMath.tan(view / 2)) + 0.3);
    double jitter = 0.18 * bounds.radius();
    Vec3 target =
        bounds
            .centre()
            .plus(
                Vec3.of(
                    random.between(-jitter, jitter),
                    random.between(-jitter, jitter),
                    random.between(-jitter, jitter)));
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      double azimuth = random.degrees(-180, 180);
      double elevation = random.degrees(-15, 50);
      double flat = StrictMath.cos(elevation);
      Vec3 eye =
          bounds
              .centre()
              .plus(
                  Vec3.of(
                          flat * StrictMath.sin(azimuth),
                          StrictMath.sin(elevation),
                          flat * StrictMath.cos(azimuth))
                      .times(distance));
      if (room.holds(eye, 0.1)) {
        return Camera.lookingAt(eye, target, view);
      }
      // Too far for this room: come nearer, but stay outside the bounding sphere.
      distance = Math.max(0.95 * distance, 1.2 * bounds.radius());
    }
    Vec3 eye = bounds.centre().plus(Vec3.of(0, 0, -Math.min(distance, bounds.centre().z() - 0.1)));
    return Camera.lookingAt(eye, target, view);
  }
}
