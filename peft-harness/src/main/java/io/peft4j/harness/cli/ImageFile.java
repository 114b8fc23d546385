package io.peft4j.harness.cli;

import io.peft4j.harness.data.ImageNormalization;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A picture as models take it, and maps at its size.
 *
 * @param picture upright, of {@code TYPE_INT_RGB}
 */
record ImageFile(BufferedImage picture) {
  /** The picture as a backbone takes it, {@code [1, 3, height, width]}, normalised. */
  INDArray normalised(int height, int width) {
    BufferedImage small = smooth(picture, height, width);
    int pixels = height * width;
    float[] planes = new float[3 * pixels];
    for (int i = 0; i < pixels; i++) {
      int rgb = small.getRGB(i % width, i / width);
      planes[i] = (rgb >> 16 & 0xff) / 255f;
      planes[pixels + i] = (rgb >> 8 & 0xff) / 255f;
      planes[2 * pixels + i] = (rgb & 0xff) / 255f;
    }
    float[] normalised = new float[planes.length];
    ImageNormalization.normalise(planes, normalised, 0);
    return Nd4j.createFromArray(normalised).reshape('c', 1, 3, height, width);
  }

  /** A map of the picture at the picture's own size, without blending colours. */
  BufferedImage atOwnSize(BufferedImage map) {
    return drawn(map, picture.getHeight(), picture.getWidth(), false);
  }

  /**
   * Another size. Where a side shrinks to less than half it is halved first, as often as that
   * takes: bilinear sampling of a large photograph at few points gives noise.
   */
  private static BufferedImage smooth(BufferedImage from, int height, int width) {
    BufferedImage image = from;
    while (image.getHeight() > 2 * height || image.getWidth() > 2 * width) {
      image =
          drawn(
              image,
              Math.max(height, (image.getHeight() + 1) / 2),
              Math.max(width, (image.getWidth() + 1) / 2),
              true);
    }
    return drawn(image, height, width, true);
  }

  /** Drawn at another size. */
  private static BufferedImage drawn(BufferedImage from, int height, int width, boolean bilinear) {
    BufferedImage to = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = to.createGraphics();
    try {
      g.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION,
          bilinear
              ? RenderingHints.VALUE_INTERPOLATION_BILINEAR
              : RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
      g.drawImage(from, 0, 0, width, height, null);
    } finally {
      g.dispose();
    }
    return to;
  }
}
