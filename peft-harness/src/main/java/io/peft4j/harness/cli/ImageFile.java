package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.harness.data.ImageNormalization;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A picture from a file, JPEG, PNG or what else Java's ImageIO reads.
 *
 * @param picture the picture as it is
 */
record ImageFile(BufferedImage picture) {
  /**
   * Reads a file.
   *
   * @throws InputException if it is no readable picture
   */
  static ImageFile read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException("--image %s: there is no such file".formatted(file));
    }
    try {
      BufferedImage picture = ImageIO.read(file.toFile());
      if (picture == null) {
        throw new InputException(
            "--image %s: is no picture that can be read; JPEG and PNG can".formatted(file));
      }
      return new ImageFile(picture);
    } catch (IOException | IllegalArgumentException e) {
      // ImageIO's readers tell of damage by either.
      if (e instanceof InputException input) {
        throw input;
      }
      throw new InputException(
          "--image %s: the picture is damaged: %s".formatted(file, e.getMessage()), e);
    }
  }

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

  /** Drawn at another size, on white where it is transparent. */
  private static BufferedImage drawn(BufferedImage from, int height, int width, boolean bilinear) {
    BufferedImage to = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = to.createGraphics();
    try {
      g.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION,
          bilinear
              ? RenderingHints.VALUE_INTERPOLATION_BILINEAR
              : RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
      g.drawImage(from, 0, 0, width, height, Color.WHITE, null);
    } finally {
      g.dispose();
    }
    return to;
  }
}
