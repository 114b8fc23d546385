package io.peft4j.harness.data.scenes;

import java.util.Arrays;
import java.util.Locale;

/** Parts of people in the order of PASCAL-Context's human_parts. The label is the ordinal. */
public enum HumanPart {
  /** No person. */
  BACKGROUND(0x000000),
  /** Head with hair and face. */
  HEAD(0xe53935),
  /** Torso and neck. */
  TORSO(0x43a047),
  /** Upper arms. */
  UPPER_ARMS(0xfdd835),
  /** Lower arms and hands. */
  LOWER_ARMS(0x1e88e5),
  /** Upper legs. */
  UPPER_LEGS(0x8e24aa),
  /** Lower legs and feet. */
  LOWER_LEGS(0x00acc1);

  private final int color;

  HumanPart(int color) {
    this.color = color;
  }

  /** Number of labels, background included. */
  public static int count() {
    return values().length;
  }

  /** Colour for pictures of labels, 0xRRGGBB. */
  public int color() {
    return color;
  }

  /** Lower-case name for tables and pictures. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Colours of all parts by label. */
  public static int[] colors() {
    return Arrays.stream(values()).mapToInt(HumanPart::color).toArray();
  }
}
