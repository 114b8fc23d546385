package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Pose;
import io.peft4j.harness.data.scenes.render.Solid;
import io.peft4j.harness.data.scenes.render.Thing;
import io.peft4j.harness.data.scenes.render.Vec3;
import java.util.List;

/**
 * Something to put into a room: built around the local vertical axis, standing on y = 0.
 *
 * @param semantic its class
 * @param solids what it is made of, in its own frame
 * @param footprint radius about the axis that it needs, metres
 * @param top height of the surface that can carry another item, 0 if it carries none
 * @param carries radius about the axis that this surface offers
 */
record Item(SceneClass semantic, List<Solid> solids, double footprint, double top, double carries) {

  Item {
    solids = List.copyOf(solids);
  }

  /** An item that carries nothing; the footprint follows from the solids' bounding spheres. */
  static Item of(SceneClass semantic, List<Solid> solids) {
    double footprint = 0;
    for (Solid s : solids) {
      Vec3 c = s.centre();
      double reach = Math.sqrt(c.x() * c.x() + c.z() * c.z()) + s.shape().radius();
      footprint = Math.max(footprint, reach);
    }
    return new Item(semantic, solids, footprint, 0, 0);
  }

  Item carrying(double height, double radius) {
    return new Item(semantic, solids, footprint, height, radius);
  }

  Item needing(double radius) {
    return new Item(semantic, solids, radius, top, carries);
  }

  Thing placed(Pose pose, int instance) {
    return new Thing(
        solids.stream().map(s -> s.inside(pose)).toList(), semantic.ordinal(), instance);
  }
}
