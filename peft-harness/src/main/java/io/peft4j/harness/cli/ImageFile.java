package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.harness.data.ImageNormalization;
import java.awt.Graphics2D;
import java.awt.Image;
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
    BufferedImage small = resized(picture, height, width, true);
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
    return resized(map, picture.getHeight(), picture.getWidth(), false);
  }

  /**
   * Another size on white; smooth means averaging over areas where it shrinks, since sampling a
   * photograph at few points gives noise.
   */
  private static BufferedImage resized(BufferedImage from, int height, int width, boolean smooth) {
    boolean shrinks = height < from.getHeight() || width < from.getWidth();
    Image scaled =
        smooth && shrinks
            ? from.getScaledInstance(width, height, Image.SCALE_AREA_AVERAGING)
            : from;
    BufferedImage to = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = to.createGraphics();
    try {
      g.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION,
          smooth
              ? RenderingHints.VALUE_INTERPOLATION_BILINEAR
              : RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
      g.setColor(java.awt.Color.WHITE);
      g.fillRect(0, 0, width, height);
      g.drawImage(scaled, 0, 0, width, height, null);
    } finally {
      g.dispose();
    }
    return to;
  }
}
