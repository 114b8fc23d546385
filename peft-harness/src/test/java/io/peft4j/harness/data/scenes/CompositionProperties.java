package io.peft4j.harness.data.scenes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.harness.data.scenes.render.Frame;
import io.peft4j.harness.data.scenes.render.Solid;
import io.peft4j.harness.data.scenes.render.Stage;
import io.peft4j.harness.data.scenes.render.Thing;
import io.peft4j.harness.data.scenes.render.Tracer;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Laws of composed stages and built people. */
class CompositionProperties {

  /** Things stand in the room, above the floor, with identities of their own. */
  @Property(tries = 60)
  void thingsStandInTheRoom(@ForAll long seed, @ForAll SceneKind kind) {
    Stage stage = stage(seed, kind);
    Set<Integer> identities = new HashSet<>();
    stage.room().decals().forEach(d -> assertTrue(identities.add(d.instance())));
    assertFalse(stage.things().isEmpty());
    for (Thing t : stage.things()) {
      assertTrue(identities.add(t.instance()), "identity " + t.instance() + " is taken twice");
      for (Solid s : t.solids()) {
        assertTrue(stage.room().holds(s.centre(), 0), "outside: " + s);
      }
    }
  }

  /** No visible surface turns its back on the viewer. */
  @Property(tries = 40)
  void normalsFaceTheViewer(@ForAll long seed, @ForAll SceneKind kind) {
    Stage stage = stage(seed, kind);
    int size = 40;
    Frame f = new Tracer(stage).render(size, size, 1);
    int n = size * size;
    for (int p = 0; p < n; p++) {
      double x = (2 * (p % size) + 1 - size) * stage.camera().tangent() / size;
      double y = (size - 2 * (p / size) - 1) * stage.camera().tangent() / size;
      double facing = f.normals()[p] * x + f.normals()[n + p] * y - f.normals()[2 * n + p];
      assertTrue(facing < 1e-4, "pixel " + p + " shows a back side: " + facing);
    }
  }

  /** A person has all six parts, stands on the floor and needs a seat exactly if it sits. */
  @Property(tries = 60)
  void peopleAreWhole(@ForAll long seed) {
    SceneRandom random = SceneRandom.of(SceneKind.SCENES, seed, 0);
    FigurePose pose = FigurePose.any(random);
    Figure.Built built = Figure.build(random, new Swatches(random), pose);
    EnumSet<HumanPart> parts = EnumSet.noneOf(HumanPart.class);
    double lowest = Double.MAX_VALUE;
    double head = 0;
    for (Solid s : built.item().solids()) {
      HumanPart part = HumanPart.values()[s.part()];
      parts.add(part);
      lowest = Math.min(lowest, s.centre().y());
      if (part == HumanPart.HEAD) {
        head = s.centre().y();
      }
    }
    assertEquals(EnumSet.complementOf(EnumSet.of(HumanPart.BACKGROUND)), parts);
    assertTrue(lowest > 0.02 && lowest < 0.07, "the lower foot's centre is at " + lowest);
    assertEquals(pose.seated(), built.seat() > 0);
    if (pose.seated()) {
      assertTrue(built.seat() > 0.25 && built.seat() < 0.6, "seat at " + built.seat());
      assertTrue(head > 0.9 && head < 1.5, "sitting, head at " + head);
    } else {
      assertTrue(head > 1.3 && head < 1.9, "upright, head at " + head);
    }
  }

  private static Stage stage(long seed, SceneKind kind) {
    SceneRandom random = SceneRandom.of(kind, seed, 0);
    return kind == SceneKind.SCENES
        ? SceneComposer.compose(random, 5, true)
        : ObjectComposer.compose(random, random.pick(List.of(ObjectClass.values())));
  }
}
