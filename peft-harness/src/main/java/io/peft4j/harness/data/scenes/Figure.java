package io.peft4j.harness.data.scenes;

import io.peft4j.harness.data.scenes.render.Ellipsoid;
import io.peft4j.harness.data.scenes.render.Material;
import io.peft4j.harness.data.scenes.render.Pose;
import io.peft4j.harness.data.scenes.render.Rgb;
import io.peft4j.harness.data.scenes.render.RoundCone;
import io.peft4j.harness.data.scenes.render.Shape;
import io.peft4j.harness.data.scenes.render.Solid;
import io.peft4j.harness.data.scenes.render.Vec3;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds a dressed person from a {@link FigurePose}: facing along z, left arm at positive x, the
 * lower foot on y = 0. Lengths are shares of the body height of 1.75 m, scaled.
 */
final class Figure {
  /** Half the pelvis' thickness: how far below its centre a seat touches. */
  private static final double SEAT = 0.125;

  private static final double ANKLE = 0.07;

  private final List<Solid> solids = new ArrayList<>();
  private final double scale;
  private final Outfit outfit;

  private Figure(double scale, Outfit outfit) {
    this.scale = scale;
    this.outfit = outfit;
  }

  /**
   * A built person.
   *
   * @param item the person
   * @param seat height of the seat it needs, 0 for none, metres
   */
  record Built(Item item, double seat) {}

  /** Clothes and colours of a person. */
  private record Outfit(
      Material skin,
      Material hair,
      Material shirt,
      Material upperSleeve,
      Material lowerSleeve,
      Material trousers,
      Material shins,
      Material shoes) {

    static Outfit random(SceneRandom random, Swatches swatches) {
      Material skin = Material.matt(swatches.skin());
      Material shirt = swatches.cloth();
      Material trousers = random.chance(0.7) ? swatches.cloth() : Material.matt(swatches.colour());
      double sleeves = random.unit();
      return new Outfit(
          skin,
          Material.matt(swatches.hair()),
          shirt,
          sleeves < 0.12 ? skin : shirt,
          sleeves < 0.5 ? skin : shirt,
          trousers,
          random.chance(0.3) ? skin : trousers,
          Material.matt(swatches.colour().times(0.5)));
    }
  }

  /** A random person in a pose. */
  static Built build(SceneRandom random, Swatches swatches, FigurePose pose) {
    Figure figure = new Figure(random.between(0.86, 1.08), Outfit.random(random, swatches));
    double girth = random.between(0.92, 1.15);
    Pose torso = figure.torso(pose, girth);
    figure.head(torso, pose.headTurn());
    figure.arm(torso, 1, pose.left());
    figure.arm(torso, -1, pose.right());
    Vec3 left = figure.leg(1, pose.leftLeg(), girth);
    Vec3 right = figure.leg(-1, pose.rightLeg(), girth);
    double lift = ANKLE * figure.scale - Math.min(left.y(), right.y());
    Pose up = Pose.at(Vec3.of(0, lift, 0));
    List<Solid> standing = figure.solids.stream().map(s -> s.inside(up)).toList();
    double seat = pose.seated() ? lift - SEAT * figure.scale : 0;
    return new Built(Item.of(SceneClass.PERSON, standing), seat);
  }

  /** Pelvis at the origin, chest and shoulders above; returns the frame of the chest. */
  private Pose torso(FigurePose p, double girth) {
    double sl = StrictMath.sin(p.lean());
    double cl = StrictMath.cos(p.lean());
    double ss = StrictMath.sin(p.sway());
    double cs = StrictMath.cos(p.sway());
    Vec3 spine = Vec3.of(ss, cl * cs, sl * cs);
    double st = StrictMath.sin(p.twist());
    double ct = StrictMath.cos(p.twist());
    Vec3 forward = Vec3.of(st, 0, ct);
    Vec3 across = spine.cross(forward).unit();
    Pose chest = new Pose(spine.times(0.32 * scale), across, spine, across.cross(spine));
    Pose hips = new Pose(spine.times(0.03 * scale), chest.x(), chest.y(), chest.z());
    add(ellipsoid(0.165 * girth, 0.15, 0.125 * girth), hips, outfit.trousers, HumanPart.TORSO);
    Pose belly = new Pose(spine.times(0.17 * scale), chest.x(), chest.y(), chest.z());
    add(ellipsoid(0.155 * girth, 0.19, 0.12 * girth), belly, outfit.shirt, HumanPart.TORSO);
    add(ellipsoid(0.185 * girth, 0.22, 0.125 * girth), chest, outfit.shirt, HumanPart.TORSO);
    Vec3 left = chest.point(Vec3.of(0.15 * scale, 0.125 * scale, 0));
    Vec3 right = chest.point(Vec3.of(-0.15 * scale, 0.125 * scale, 0));
    bone(left, right, 0.07, 0.07, outfit.shirt, HumanPart.TORSO);
    return chest;
  }

  private void head(Pose chest, double turn) {
    Vec3 base = chest.point(Vec3.of(0, 0.17 * scale, 0));
    Vec3 top = chest.point(Vec3.of(0, 0.29 * scale, 0.01 * scale));
    bone(base, top, 0.06, 0.052, outfit.skin, HumanPart.TORSO);
    // The head stays upright while the chest leans; it turns from where the chest faces.
    Vec3 facing = Vec3.of(chest.z().x(), 0, chest.z().z()).unit();
    Pose skull =
        Pose.yawed(
            top.plus(Vec3.of(0, 0.095 * scale, 0)).plus(facing.times(0.02 * scale)),
            StrictMath.atan2(facing.x(), facing.z()) + turn);
    add(ellipsoid(0.09, 0.122, 0.105), skull, outfit.skin, HumanPart.HEAD);
    Pose crown = skull.times(Pose.at(Vec3.of(0, 0.035 * scale, -0.028 * scale)));
    add(ellipsoid(0.1, 0.108, 0.103), crown, outfit.hair, HumanPart.HEAD);
    Pose nose = skull.times(Pose.at(Vec3.of(0, -0.012 * scale, 0.105 * scale)));
    add(ellipsoid(0.014, 0.024, 0.02), nose, outfit.skin, HumanPart.HEAD);
    Material dark = Material.matt(Rgb.WHITE.times(0.02));
    for (int side = -1; side <= 1; side += 2) {
      Vec3 at = Vec3.of(side * 0.037 * scale, 0.018 * scale, 0.09 * scale);
      add(ellipsoid(0.014, 0.014, 0.014), skull.times(Pose.at(at)), dark, HumanPart.HEAD);
    }
  }

  private void arm(Pose chest, int side, FigurePose.Limb limb) {
    Vec3 shoulder = chest.point(Vec3.of(side * 0.2 * scale, 0.12 * scale, 0));
    Vec3 upper = chest.direction(direction(limb.swing(), limb.spread(), side));
    Vec3 elbow = shoulder.plus(upper.times(0.29 * scale));
    // A bent elbow brings the hand back towards the body's middle.
    double spread = limb.spread() * (1 - Math.min(0.8, limb.flex()));
    Vec3 lower = chest.direction(direction(limb.swing() + limb.flex(), spread, side));
    Vec3 wrist = elbow.plus(lower.times(0.25 * scale));
    bone(shoulder, elbow, 0.062, 0.048, outfit.upperSleeve, HumanPart.UPPER_ARMS);
    bone(elbow, wrist, 0.047, 0.036, outfit.lowerSleeve, HumanPart.LOWER_ARMS);
    Pose hand = Pose.along(wrist.plus(lower.times(0.07 * scale)), wrist.plus(lower));
    add(ellipsoid(0.045, 0.085, 0.034), hand, outfit.skin, HumanPart.LOWER_ARMS);
  }

  /** Returns the ankle. */
  private Vec3 leg(int side, FigurePose.Limb limb, double girth) {
    Vec3 hip = Vec3.of(side * 0.092 * scale, -0.045 * scale, 0);
    Vec3 upper = direction(limb.swing(), limb.spread(), side);
    Vec3 knee = hip.plus(upper.times(0.42 * scale));
    Vec3 lower = direction(limb.swing() - limb.flex(), 0.4 * limb.spread(), side);
    Vec3 ankle = knee.plus(lower.times(0.4 * scale));
    bone(hip, knee, 0.092 * girth, 0.064, outfit.trousers, HumanPart.UPPER_LEGS);
    bone(knee, ankle, 0.063, 0.044, outfit.shins, HumanPart.LOWER_LEGS);
    Pose foot =
        Pose.yawed(ankle, side * 0.2).times(Pose.at(Vec3.of(0, -0.022 * scale, 0.065 * scale)));
    add(ellipsoid(0.055, 0.048, 0.14), foot, outfit.shoes, HumanPart.LOWER_LEGS);
    return ankle;
  }

  private static Vec3 direction(double swing, double spread, int side) {
    double c = StrictMath.cos(spread);
    return Vec3.of(
        side * StrictMath.sin(spread), -c * StrictMath.cos(swing), c * StrictMath.sin(swing));
  }

  private void bone(Vec3 from, Vec3 to, double start, double end, Material m, HumanPart part) {
    Shape shape = new RoundCone(to.minus(from).length(), start * scale, end * scale);
    add(shape, Pose.along(from, to), m, part);
  }

  private Shape ellipsoid(double a, double b, double c) {
    return new Ellipsoid(a * scale, b * scale, c * scale);
  }

  private void add(Shape shape, Pose pose, Material m, HumanPart part) {
    solids.add(new Solid(shape, pose, m, part.ordinal()));
  }
}
