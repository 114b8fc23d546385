package io.peft4j.harness.data.scenes;

import java.util.Locale;

/** What a picture of the single-object split shows. The label is the ordinal. */
public enum ObjectClass {
  /** A block. */
  BOX,
  /** A ball. */
  BALL,
  /** A ball drawn out or flattened. */
  ELLIPSOID,
  /** A capped cylinder. */
  CYLINDER,
  /** A cylinder with round ends, possibly tapered. */
  CAPSULE,
  /** A cone. */
  CONE,
  /** A four-sided pyramid. */
  PYRAMID,
  /** A three-sided prism. */
  PRISM,
  /** A ring. */
  TORUS,
  /** A table with four legs. */
  TABLE,
  /** A chair with a back. */
  CHAIR,
  /** A standing lamp with a shade. */
  LAMP,
  /** A person standing or walking, arms low. */
  PERSON_STANDING,
  /** A person sitting. */
  PERSON_SITTING,
  /** A person with both arms raised. */
  PERSON_ARMS_UP;

  /** Number of classes. */
  public static int count() {
    return values().length;
  }

  /** Lower-case name for tables. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
