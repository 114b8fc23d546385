package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Decal;
import io.peft4j.harness.data.scenes.render.Light;
import io.peft4j.harness.data.scenes.render.Material;
import io.peft4j.harness.data.scenes.render.Pattern;
import io.peft4j.harness.data.scenes.render.Rgb;
import io.peft4j.harness.data.scenes.render.Room;
import io.peft4j.harness.data.scenes.render.Vec3;
import java.util.ArrayList;
import java.util.List;

/** Builds empty rooms and their lamps. The viewer is expected near z = 0, looking along z. */
final class RoomBuilder {
  private static final int ATTEMPTS = 8;
  private final SceneRandom random;
  private final Swatches swatches;

  RoomBuilder(SceneRandom random, Swatches swatches) {
    this.random = random;
    this.swatches = swatches;
  }

  /** A room of the given extents; door, windows and pictures are identities 1, 2, ... */
  Room room(double width, double height, double depth) {
    Material wall = swatches.wall();
    Material accent = random.chance(0.35) ? swatches.wall() : wall;
    int accented = random.below(4);
    List<Material> materials = new ArrayList<>();
    for (int face = 0; face < 4; face++) {
      materials.add(face == accented ? accent : wall);
    }
    materials.add(swatches.floor());
    materials.add(swatches.ceiling());
    int w = SceneClass.WALL.ordinal();
    List<Integer> labels =
        List.of(w, w, w, w, SceneClass.FLOOR.ordinal(), SceneClass.CEILING.ordinal());
    return new Room(width, height, depth, materials, labels, decals(width, height, depth));
  }

  private List<Decal> decals(double width, double height, double depth) {
    List<Decal> decals = new ArrayList<>();
    int doors = random.chance(0.75) ? 1 : 0;
    int windows = random.chance(0.75) ? 1 + random.below(2) : 0;
    int pictures = random.below(3);
    Rgb frame = random.chance(0.5) ? Rgb.WHITE.times(0.85) : swatches.wood();
    for (int i = 0; i < doors; i++) {
      Material leaf = random.chance(0.5) ? swatches.furniture() : Material.matt(swatches.colour());
      hang(decals, Decal.Style.DOOR, frame, leaf, width, height, depth);
    }
    for (int i = 0; i < windows; i++) {
      hang(decals, Decal.Style.WINDOW, frame, sky(), width, height, depth);
    }
    for (int i = 0; i < pictures; i++) {
      hang(decals, Decal.Style.PICTURE, swatches.colour(), swatches.thing(), width, height, depth);
    }
    return decals;
  }

  private Material sky() {
    Rgb blue = Rgb.hsv(random.between(0.52, 0.64), random.between(0.1, 0.65), 1);
    Rgb cloud = random.chance(0.8) ? Rgb.WHITE : Rgb.hsv(0.05, 0.3, 0.9);
    Vec3 offset = Vec3.of(random.between(0, 90), random.between(0, 90), 0);
    return new Material(
        blue.times(random.between(0.55, 1)), cloud, Pattern.CLOUDS, 2, offset, 0, 0);
  }

  private void hang(
      List<Decal> decals,
      Decal.Style style,
      Rgb frame,
      Material filling,
      double roomWidth,
      double roomHeight,
      double roomDepth) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int face = random.pick(List.of(0, 1, 3, 3));
      double wall = face < 2 ? roomDepth : roomWidth;
      double width =
          style == Decal.Style.DOOR ? random.between(0.85, 1.1) : random.between(0.5, 1.6);
      double height =
          switch (style) {
            case DOOR -> random.between(1.95, 2.15);
            case WINDOW -> random.between(0.9, 1.4);
            case PICTURE -> random.between(0.4, 0.9);
          };
      double bottom =
          switch (style) {
            case DOOR -> 0;
            case WINDOW -> random.between(0.7, 1);
            case PICTURE -> random.between(1.1, 1.4);
          };
      double left = random.between(0.15, wall - 0.15 - width);
      SceneClass semantic =
          switch (style) {
            case DOOR -> SceneClass.DOOR;
            case WINDOW -> SceneClass.WINDOW;
            case PICTURE -> SceneClass.WALL;
          };
      Decal decal =
          new Decal(
              face,
              left,
              bottom,
              width,
              Math.min(height, roomHeight - 0.1 - bottom),
              style,
              frame,
              filling,
              semantic.ordinal(),
              decals.size() + 1);
      if (decals.stream().noneMatch(decal::overlaps)) {
        decals.add(decal);
        return;
      }
    }
  }

  /** One lamp with shadows below the ceiling, often a second, weaker one without. */
  List<Light> lights(Room room) {
    List<Light> lights = new ArrayList<>();
    lights.add(light(room, random.between(0.5, 0.85), random.between(0.08, 0.3), true));
    if (random.chance(0.6)) {
      lights.add(light(room, random.between(0.1, 0.35), 0, false));
    }
    return lights;
  }

  private Light light(Room room, double strength, double radius, boolean shadows) {
    double margin = radius + 0.05;
    Vec3 at =
        Vec3.of(
            random.between(margin + 0.3, room.width() - margin - 0.3),
            room.height() * random.between(0.72, 0.95),
            random.between(margin + 0.2, 0.85 * room.depth()));
    Rgb tint =
        new Rgb(
            strength * random.between(0.9, 1.05),
            strength * random.between(0.88, 1),
            strength * random.between(0.7, 1.05));
    return new Light(at, tint, radius, shadows);
  }

  /** Ambient light. */
  Rgb ambient() {
    double strength = random.between(0.2, 0.42);
    return new Rgb(
        strength * random.between(0.9, 1.05),
        strength * random.between(0.95, 1),
        strength * random.between(0.9, 1.15));
  }
}
