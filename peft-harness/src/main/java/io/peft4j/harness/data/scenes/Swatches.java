package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Material;
import io.peft4j.harness.data.scenes.render.Pattern;
import io.peft4j.harness.data.scenes.render.Rgb;
import io.peft4j.harness.data.scenes.render.Vec3;
import java.util.List;

/**
 * Random materials. Walls, floors, things and clothes draw from overlapping ranges, so that colour
 * and pattern alone tell no class.
 */
final class Swatches {
  private static final List<Pattern> THINGS =
      List.of(
          Pattern.PLAIN,
          Pattern.PLAIN,
          Pattern.CHECKER,
          Pattern.STRIPES,
          Pattern.BARS,
          Pattern.DOTS,
          Pattern.CLOUDS,
          Pattern.WOOD,
          Pattern.BRICKS);
  private static final List<Pattern> WALLS =
      List.of(
          Pattern.PLAIN,
          Pattern.PLAIN,
          Pattern.PLAIN,
          Pattern.CLOUDS,
          Pattern.STRIPES,
          Pattern.BARS,
          Pattern.BRICKS,
          Pattern.TILES,
          Pattern.DOTS);
  private static final List<Pattern> FLOORS =
      List.of(
          Pattern.PLAIN,
          Pattern.PLANKS,
          Pattern.PLANKS,
          Pattern.TILES,
          Pattern.CHECKER,
          Pattern.CLOUDS,
          Pattern.BRICKS);
  private static final List<Pattern> CLOTH =
      List.of(
          Pattern.PLAIN,
          Pattern.PLAIN,
          Pattern.PLAIN,
          Pattern.STRIPES,
          Pattern.CHECKER,
          Pattern.CLOUDS);

  private final SceneRandom random;

  Swatches(SceneRandom random) {
    this.random = random;
  }

  /** Any colour, strong or pale. */
  Rgb colour() {
    return Rgb.hsv(random.unit(), random.between(0.1, 0.95), random.between(0.3, 1));
  }

  /** A colour of low saturation, as walls have. */
  Rgb pale() {
    return Rgb.hsv(random.unit(), random.between(0, 0.4), random.between(0.5, 0.95));
  }

  /** A brown. */
  Rgb wood() {
    return Rgb.hsv(
        random.between(0.05, 0.11), random.between(0.35, 0.75), random.between(0.35, 0.85));
  }

  /** Skin from dark to light. */
  Rgb skin() {
    double light = random.unit();
    return Rgb.hsv(
        random.between(0.04, 0.075),
        0.62 - 0.33 * light + random.between(-0.05, 0.05),
        0.4 + 0.55 * light);
  }

  /** Hair: mostly black to blond, now and then grey or dyed. */
  Rgb hair() {
    double kind = random.unit();
    if (kind < 0.75) {
      return Rgb.hsv(
          random.between(0.04, 0.12), random.between(0.3, 0.7), random.between(0.1, 0.75));
    }
    return kind < 0.9 ? Rgb.hsv(0, 0, random.between(0.5, 0.9)) : colour();
  }

  /** For loose objects and furniture: any pattern, matt to shiny. */
  Material thing() {
    Rgb first = random.chance(0.3) ? pale() : colour();
    return patterned(first, random.pick(THINGS), random.between(2.2, 6), random.chance(0.5));
  }

  /** For furniture: wood more often than not. */
  Material furniture() {
    if (random.chance(0.4)) {
      return thing();
    }
    Rgb first = wood();
    Material m = patterned(first, Pattern.WOOD, random.between(2, 5), random.chance(0.3));
    return new Material(
        first,
        first.times(random.between(0.45, 0.75)),
        m.pattern(),
        m.scale(),
        m.offset(),
        m.gloss(),
        m.polish());
  }

  /** For walls: mostly pale, sometimes strong. */
  Material wall() {
    Rgb first = random.chance(0.7) ? pale() : colour();
    Pattern pattern = random.pick(WALLS);
    return related(first, pattern, random.between(0.8, 2.5));
  }

  /** For floors. */
  Material floor() {
    double kind = random.unit();
    Rgb first = kind < 0.45 ? wood() : kind < 0.8 ? pale() : colour();
    return related(first, random.pick(FLOORS), random.between(0.7, 2));
  }

  /** For ceilings: near white or pale, plain or uneven. */
  Material ceiling() {
    Rgb first =
        random.chance(0.6)
            ? Rgb.hsv(random.unit(), random.between(0, 0.1), random.between(0.75, 1))
            : pale();
    Pattern pattern =
        random.pick(List.of(Pattern.PLAIN, Pattern.PLAIN, Pattern.CLOUDS, Pattern.PLANKS));
    return related(first, pattern, random.between(0.8, 2));
  }

  /** For clothes: matt, finely patterned. */
  Material cloth() {
    return patterned(colour(), random.pick(CLOTH), random.between(5, 9), false);
  }

  private Material patterned(Rgb first, Pattern pattern, double scale, boolean shiny) {
    Rgb second = random.chance(0.5) ? colour() : first.times(random.between(0.25, 0.6));
    return new Material(
        first,
        second,
        pattern,
        scale,
        offset(),
        shiny ? random.between(0.1, 0.6) : 0,
        3 + random.below(4));
  }

  /** The second colour is a shade of the first, as on walls and floors. */
  private Material related(Rgb first, Pattern pattern, double scale) {
    boolean shiny = random.chance(0.25);
    return new Material(
        first,
        random.chance(0.8) ? first.times(random.between(0.4, 0.85)) : pale(),
        pattern,
        scale,
        offset(),
        shiny ? random.between(0.05, 0.3) : 0,
        4);
  }

  private Vec3 offset() {
    return Vec3.of(random.between(0, 8), random.between(0, 8), random.between(0, 8));
  }
}
