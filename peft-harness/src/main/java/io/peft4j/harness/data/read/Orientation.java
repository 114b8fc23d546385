package io.peft4j.harness.data.read;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;

/**
 * Which way up a picture is stored: the values 1 to 8 of the EXIF tag Orientation (EXIF 2.32, tag
 * 0x0112), by what makes it upright.
 */
public enum Orientation {
  /** 1: is upright. */
  UPRIGHT(false, false, false),
  /** 2: left and right are swapped. */
  MIRRORED(false, true, false),
  /** 3: upside down. */
  TURNED_180(false, true, true),
  /** 4: top and bottom are swapped. */
  FLIPPED(false, false, true),
  /** 5: rows are columns. */
  TRANSPOSED(true, false, false),
  /** 6: to be turned clockwise by a quarter. */
  TURNED_LEFT(true, false, true),
  /** 7: rows are columns, both from the end. */
  TRANSVERSED(true, true, true),
  /** 8: to be turned counter-clockwise by a quarter. */
  TURNED_RIGHT(true, true, false);

  private final boolean transposed;
  private final boolean fromRight;
  private final boolean fromBottom;

  /**
   * @param transposed the stored column of a pixel comes from its upright row
   * @param fromRight stored columns are counted from the right
   * @param fromBottom stored rows are counted from the bottom
   */
  Orientation(boolean transposed, boolean fromRight, boolean fromBottom) {
    this.transposed = transposed;
    this.fromRight = fromRight;
    this.fromBottom = fromBottom;
  }

  /**
   * The orientation of a tag's value; what the standard does not know is upright, as viewers do.
   */
  static Orientation of(int tag) {
    return tag >= 1 && tag <= values().length ? values()[tag - 1] : UPRIGHT;
  }

  /** True if the upright picture is as wide as the stored one is high. */
  public boolean swapsSides() {
    return transposed;
  }

  /** The upright picture of a stored one, both {@code TYPE_INT_RGB}. */
  BufferedImage upright(BufferedImage stored) {
    if (this == UPRIGHT) {
      return stored;
    }
    int columns = stored.getWidth();
    int rows = stored.getHeight();
    int width = transposed ? rows : columns;
    int height = transposed ? columns : rows;
    BufferedImage upright = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] from = pixels(stored);
    int[] to = pixels(upright);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column = transposed ? y : x;
        int row = transposed ? x : y;
        column = fromRight ? columns - 1 - column : column;
        row = fromBottom ? rows - 1 - row : row;
        to[y * width + x] = from[row * columns + column];
      }
    }
    return upright;
  }

  private static int[] pixels(BufferedImage image) {
    return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
  }
}
