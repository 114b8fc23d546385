package io.peft4j.harness.data.scenes;

/**
 * Joint angles of a person, radians. Swing turns a limb forward from hanging down (pi/2 is level,
 * pi is up); spread turns it outwards; flex bends the next joint: elbows forward, knees back.
 *
 * @param lean torso forward
 * @param sway torso sideways
 * @param twist shoulders about the spine, against the hips
 * @param headTurn head about the vertical, against the shoulders
 * @param left left arm
 * @param right right arm
 * @param leftLeg left leg
 * @param rightLeg right leg
 * @param seated whether something must carry the pelvis
 */
record FigurePose(
    double lean,
    double sway,
    double twist,
    double headTurn,
    Limb left,
    Limb right,
    Limb leftLeg,
    Limb rightLeg,
    boolean seated) {

  /**
   * An arm or leg.
   *
   * @param swing forward from hanging down
   * @param spread outwards
   * @param flex bend of elbow or knee
   */
  record Limb(double swing, double spread, double flex) {}

  /** Standing, arms low. */
  static FigurePose standing(SceneRandom r) {
    return upright(r, lowArm(r), lowArm(r), standingLeg(r), standingLeg(r));
  }

  /** In mid-stride, arms swinging against the legs. */
  static FigurePose walking(SceneRandom r) {
    double stride = r.degrees(16, 34) * (r.chance(0.5) ? 1 : -1);
    return upright(
        r,
        new Limb(-stride, r.degrees(6, 18), r.degrees(15, 60)),
        new Limb(stride, r.degrees(6, 18), r.degrees(15, 60)),
        new Limb(stride, r.degrees(1, 6), stride < 0 ? r.degrees(15, 45) : r.degrees(0, 10)),
        new Limb(-stride, r.degrees(1, 6), stride > 0 ? r.degrees(15, 45) : r.degrees(0, 10)));
  }

  /** Both arms raised. */
  static FigurePose armsUp(SceneRandom r) {
    return upright(r, highArm(r), highArm(r), standingLeg(r), standingLeg(r));
  }

  /** One arm reaching or pointing, the other low. */
  static FigurePose reaching(SceneRandom r) {
    Limb reach = new Limb(r.degrees(55, 120), r.degrees(0, 40), r.degrees(0, 45));
    boolean left = r.chance(0.5);
    return upright(
        r, left ? reach : lowArm(r), left ? lowArm(r) : reach, standingLeg(r), standingLeg(r));
  }

  /** Arms held out to the sides, legs apart. */
  static FigurePose spread(SceneRandom r) {
    return upright(
        r,
        new Limb(r.degrees(-5, 20), r.degrees(50, 95), r.degrees(0, 50)),
        new Limb(r.degrees(-5, 20), r.degrees(50, 95), r.degrees(0, 50)),
        new Limb(r.degrees(-3, 3), r.degrees(8, 18), 0.05),
        new Limb(r.degrees(-3, 3), r.degrees(8, 18), 0.05));
  }

  /** Sitting, hands towards the lap or in front. */
  static FigurePose sitting(SceneRandom r) {
    double thigh = r.degrees(76, 92);
    return new FigurePose(
        r.degrees(-8, 14),
        r.degrees(-4, 4),
        r.degrees(-15, 15),
        r.degrees(-35, 35),
        new Limb(r.degrees(5, 40), r.degrees(6, 22), r.degrees(25, 85)),
        new Limb(r.degrees(5, 40), r.degrees(6, 22), r.degrees(25, 85)),
        new Limb(thigh, r.degrees(4, 16), thigh + r.degrees(-14, 12)),
        new Limb(thigh, r.degrees(4, 16), thigh + r.degrees(-14, 12)),
        true);
  }

  /** Any pose for a room: mostly standing, walking and reaching; sitting one time in five. */
  static FigurePose any(SceneRandom r) {
    double kind = r.unit();
    if (kind < 0.22) {
      return standing(r);
    }
    if (kind < 0.42) {
      return walking(r);
    }
    if (kind < 0.56) {
      return reaching(r);
    }
    if (kind < 0.68) {
      return spread(r);
    }
    return kind < 0.8 ? armsUp(r) : sitting(r);
  }

  private static FigurePose upright(SceneRandom r, Limb left, Limb right, Limb leg, Limb other) {
    return new FigurePose(
        r.degrees(-4, 10),
        r.degrees(-5, 5),
        r.degrees(-18, 18),
        r.degrees(-40, 40),
        left,
        right,
        leg,
        other,
        false);
  }

  private static Limb lowArm(SceneRandom r) {
    return new Limb(r.degrees(-18, 25), r.degrees(9, 28), r.degrees(5, 75));
  }

  private static Limb highArm(SceneRandom r) {
    return new Limb(r.degrees(145, 180), r.degrees(8, 40), r.degrees(0, 35));
  }

  private static Limb standingLeg(SceneRandom r) {
    return new Limb(r.degrees(-8, 12), r.degrees(2, 10), r.degrees(0, 12));
  }
}
