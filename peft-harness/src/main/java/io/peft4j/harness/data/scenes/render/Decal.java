package io.peft4j.harness.data.scenes.render;

/**
 * A rectangle painted on a wall: door, window or picture. It has no thickness, so the wall's depth
 * and normal hold there too.
 *
 * @param face the wall, one of {@link Room}'s face numbers, not floor or ceiling
 * @param left lower bound of the horizontal wall coordinate, metres
 * @param bottom lower bound of the height
 * @param width extent along the wall
 * @param height extent upwards
 * @param style what is painted
 * @param frame colour of its frame
 * @param filling what the frame holds; a window's shows the outside and shines
 * @param semantic class label of its pixels
 * @param instance identity, unique in a scene and above 0
 */
public record Decal(
    int face,
    double left,
    double bottom,
    double width,
    double height,
    Style style,
    Rgb frame,
    Material filling,
    int semantic,
    int instance) {

  /** What is painted. */
  public enum Style {
    /** A door leaf with two panels and a handle. */
    DOOR,
    /** Four panes and the sky behind them. */
    WINDOW,
    /** A framed pattern. */
    PICTURE
  }

  /** A rectangle of positive extent on a wall. */
  public Decal {
    Checks.positive("extent of a decal", width, height);
    if (face < 0 || face >= Room.FLOOR) {
      throw new IllegalArgumentException("a decal hangs on a wall, not on face " + face);
    }
  }

  boolean covers(int onFace, double u, double v) {
    return onFace == face && u >= left && u < left + width && v >= bottom && v < bottom + height;
  }

  /** Whether the other decal would touch this one. */
  public boolean overlaps(Decal o) {
    return face == o.face
        && left < o.left + o.width
        && o.left < left + width
        && bottom < o.bottom + o.height
        && o.bottom < bottom + height;
  }

  /**
   * Writes the colour at wall coordinates to {@code out[0..2]}.
   *
   * @return whether that colour is light of its own rather than an albedo
   */
  boolean paint(double u, double v, double[] out) {
    double x = u - left;
    double y = v - bottom;
    double border = style == Style.DOOR ? 0.07 : 0.06;
    boolean sill = y < border && style != Style.DOOR;
    if (x < border || x > width - border || y > height - border || sill) {
      set(out, frame);
      return false;
    }
    return switch (style) {
      case PICTURE -> {
        filling.albedo(u, v, 0, out);
        yield false;
      }
      case DOOR -> {
        door(x, y, u, v, out);
        yield false;
      }
      case WINDOW -> {
        if (Math.abs(x - width / 2) < 0.025 || Math.abs(y - height / 2) < 0.025) {
          set(out, frame);
          yield false;
        }
        // Sky, paler towards the horizon.
        filling.albedo(u, v, 0, out);
        double pale = 0.5 * (1 - y / height);
        for (int i = 0; i < 3; i++) {
          out[i] = Noise.mix(out[i], 1, pale);
        }
        yield true;
      }
    };
  }

  private void door(double x, double y, double u, double v, double[] out) {
    filling.albedo(u, v, 0, out);
    if (Math.abs(x - width + 0.14) < 0.05 && Math.abs(y - 1.0) < 0.03) {
      set(out, Rgb.WHITE.times(0.6));
      return;
    }
    double dx = Math.abs(x - width / 2) - (width / 2 - 0.2);
    double low = Math.abs(y - 0.5) - 0.33;
    double high = Math.abs(y - 1.45) - 0.4;
    double inset = Math.max(dx, Math.min(low, high));
    // A groove around each panel, and the panel a little lighter.
    double shade = Math.abs(inset) < 0.02 ? 0.45 : inset < 0 ? 1.15 : 1;
    for (int i = 0; i < 3; i++) {
      out[i] *= shade;
    }
  }

  private static void set(double[] out, Rgb c) {
    out[0] = c.r();
    out[1] = c.g();
    out[2] = c.b();
  }
}
