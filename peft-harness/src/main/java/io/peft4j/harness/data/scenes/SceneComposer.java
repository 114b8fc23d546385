package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Camera;
import io.peft4j.harness.data.scenes.render.Pose;
import io.peft4j.harness.data.scenes.render.Room;
import io.peft4j.harness.data.scenes.render.Stage;
import io.peft4j.harness.data.scenes.render.Thing;
import io.peft4j.harness.data.scenes.render.Vec3;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Furnishes one room: people first, then furniture, then loose objects on the floor or on what can
 * carry them. Footprints are discs and do not overlap.
 */
final class SceneComposer {
  private static final int ATTEMPTS = 24;
  private static final double TRUNK = 0.5;
  private final SceneRandom random;
  private final Swatches swatches;
  private final Props props;
  private final Furniture furniture;
  private final Room room;
  private final Camera camera;
  private final double halfView;
  private final List<Thing> things = new ArrayList<>();
  private final List<Disc> floor = new ArrayList<>();
  private final List<Carrier> carriers = new ArrayList<>();

  /** Occupied floor. */
  private record Disc(double x, double z, double radius) {}

  /** A free surface that can hold one more object, or several side by side. */
  private record Carrier(Pose pose, double radius) {}

  private SceneComposer(SceneRandom random) {
    this.random = random;
    swatches = new Swatches(random);
    props = new Props(random, swatches);
    furniture = new Furniture(random, swatches);
    double width = random.between(3.2, 4.8);
    double height = random.between(2.35, 2.8);
    double depth = random.between(3.6, 5);
    room = new RoomBuilder(random, swatches).room(width, height, depth);
    Vec3 eye =
        Vec3.of(
            width * random.between(0.28, 0.72), random.between(1.2, 1.8), random.between(0.2, 0.5));
    Vec3 target =
        Vec3.of(width * random.between(0.25, 0.75), random.between(0.75, 1.25), 0.75 * depth);
    double view = random.degrees(56, 66);
    halfView = view / 2;
    camera = Camera.lookingAt(eye, target, view);
  }

  /** Composes a room. */
  static Stage compose(SceneRandom random, int maxObjects, boolean people) {
    SceneComposer c = new SceneComposer(random);
    int persons = people ? (random.chance(0.3) ? 2 : 1) : 0;
    for (int i = 0; i < persons; i++) {
      c.person();
    }
    if (random.chance(0.5)) {
      c.stand(c.furniture.table(), 1.7, 3.4, random.between(-0.6, 0.6));
    }
    if (random.chance(0.2)) {
      c.stand(c.furniture.chair(random.between(0.4, 0.48)), 1.6, 3.4, random.between(-3, 3));
    }
    if (random.chance(0.2)) {
      c.stand(c.furniture.lamp(), 1.5, 3.6, 0);
    }
    int objects = Math.min(maxObjects, 2 + random.below(maxObjects));
    for (int i = 0; i < objects; i++) {
      c.object(random.pick(Props.KINDS));
    }
    RoomBuilder builder = new RoomBuilder(random, c.swatches);
    return new Stage(c.room, c.things, builder.lights(c.room), builder.ambient(), c.camera);
  }

  private void person() {
    Figure.Built built = Figure.build(random, swatches, FigurePose.any(random));
    // Most people face the viewer's half of the room, which is at z = 0.
    double spread = random.chance(0.75) ? 1.3 : StrictMath.PI;
    double yaw = StrictMath.PI + random.between(-spread, spread);
    Pose pose = stand(built.item(), 1.35, 3.1, yaw);
    if (pose != null && built.seat() > 0) {
      Item seat =
          random.chance(0.6) ? furniture.chair(built.seat()) : furniture.stool(built.seat());
      things.add(seat.placed(pose, nextInstance()));
    }
  }

  private void object(SceneClass kind) {
    if (!carriers.isEmpty() && random.chance(0.45)) {
      Carrier carrier = carriers.remove(random.below(carriers.size()));
      double size = Math.min(carrier.radius(), random.between(0.24, 0.4));
      Item item = props.make(kind, size);
      Pose pose = carrier.pose().times(Pose.yawed(Vec3.ZERO, random.between(-3, 3)));
      things.add(item.placed(pose, nextInstance()));
      return;
    }
    stand(props.make(kind, random.between(0.3, 0.6)), 1.5, 3.8, random.between(-3, 3));
  }

  /** Finds room on the floor in view; returns where the item now stands, null if there is none. */
  private @Nullable Pose stand(Item item, double nearest, double farthest, double yaw) {
    // Stretched arms and legs may pass over a neighbour's footprint, but not into a wall.
    boolean person = item.semantic() == SceneClass.PERSON;
    double r = person ? Math.min(TRUNK, item.footprint()) : item.footprint();
    Vec3 eye = camera.position();
    Vec3 ahead = camera.back().times(-1);
    double heading = StrictMath.atan2(ahead.x(), ahead.z());
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      double angle = heading + 0.85 * halfView * random.between(-1, 1);
      double distance = random.between(nearest, farthest);
      double x = eye.x() + distance * StrictMath.sin(angle);
      double z = eye.z() + distance * StrictMath.cos(angle);
      boolean inside = room.holds(Vec3.of(x, 1, z), item.footprint() + 0.02);
      if (inside && free(x, z, r)) {
        Pose pose = Pose.yawed(Vec3.of(x, 0, z), yaw);
        things.add(item.placed(pose, nextInstance()));
        floor.add(new Disc(x, z, r));
        if (item.top() > 0) {
          offer(item, pose);
        }
        return pose;
      }
    }
    return null;
  }

  private void offer(Item item, Pose pose) {
    double r = item.carries();
    Pose top = pose.times(Pose.at(Vec3.of(0, item.top(), 0)));
    if (item.semantic() == SceneClass.FURNITURE) {
      // Two places side by side on a table.
      for (int side = -1; side <= 1; side += 2) {
        carriers.add(new Carrier(top.times(Pose.at(Vec3.of(side * 0.55 * r, 0, 0))), 0.5 * r));
      }
    } else {
      carriers.add(new Carrier(top, r));
    }
  }

  private boolean free(double x, double z, double r) {
    for (Disc d : floor) {
      double dx = x - d.x();
      double dz = z - d.z();
      double gap = r + d.radius() + 0.02;
      if (dx * dx + dz * dz < gap * gap) {
        return false;
      }
    }
    return true;
  }

  private int nextInstance() {
    return 1 + room.decals().size() + things.size();
  }
}
