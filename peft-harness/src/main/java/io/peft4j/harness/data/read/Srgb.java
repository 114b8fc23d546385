package io.peft4j.harness.data.read;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.Raster;

/** Pictures of any pixels as 8 bits of sRGB, on white where they are transparent. */
final class Srgb {
  private static final int WHITE = 255;

  private Srgb() {}

  /** A picture of {@code TYPE_INT_RGB}. */
  static BufferedImage of(BufferedImage image) {
    ColorModel model = image.getColorModel();
    ColorSpace space = model.getColorSpace();
    if (space.getType() == ColorSpace.TYPE_GRAY) {
      return ofGrey(image);
    }
    if (space instanceof ICC_ColorSpace && !space.isCS_sRGB()) {
      return onWhite(converted(image));
    }
    return image.getType() == BufferedImage.TYPE_INT_RGB ? image : onWhite(image);
  }

  private static BufferedImage converted(BufferedImage image) {
    BufferedImage to =
        new BufferedImage(
            image.getWidth(),
            image.getHeight(),
            image.getColorModel().hasAlpha()
                ? BufferedImage.TYPE_INT_ARGB
                : BufferedImage.TYPE_INT_RGB);
    return new ColorConvertOp(null).filter(image, to);
  }

  private static BufferedImage onWhite(BufferedImage image) {
    BufferedImage to =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = to.createGraphics();
    try {
      g.drawImage(image, 0, 0, Color.WHITE, null);
    } finally {
      g.dispose();
    }
    return to;
  }

  /**
   * Grey by its stored values, as every viewer shows it: Java takes its grey space for linear and
   * would brighten it.
   */
  private static BufferedImage ofGrey(BufferedImage image) {
    Raster raster = image.getRaster();
    int width = image.getWidth();
    double top = (1L << image.getColorModel().getComponentSize(0)) - 1;
    boolean alpha = image.getColorModel().hasAlpha();
    double topAlpha = alpha ? (1L << image.getColorModel().getComponentSize(1)) - 1 : 1;
    BufferedImage to = new BufferedImage(width, image.getHeight(), BufferedImage.TYPE_INT_RGB);
    int[] line = new int[width];
    int[] greys = new int[width];
    int[] alphas = new int[width];
    for (int y = 0; y < image.getHeight(); y++) {
      raster.getSamples(0, y, width, 1, 0, greys);
      if (alpha) {
        raster.getSamples(0, y, width, 1, 1, alphas);
      }
      for (int x = 0; x < width; x++) {
        double share = alpha ? alphas[x] / topAlpha : 1;
        double grey = greys[x] / top * WHITE;
        int value = (int) Math.round(share * grey + (1 - share) * WHITE);
        line[x] = value << 16 | value << 8 | value;
      }
      to.setRGB(0, y, width, 1, line, 0, width);
    }
    return to;
  }
}
