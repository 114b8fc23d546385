package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Size of an image in pixels.
 *
 * @param height positive
 * @param width positive
 */
public record ImageSize(int height, int width) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,6})(?:[xX](\\d{1,6}))?");

  /** Checks that both are positive. */
  public ImageSize {
    if (height < 1 || width < 1) {
      throw new InputException(
          "image size %dx%d: height and width must be positive".formatted(height, width));
    }
  }

  /**
   * Parses {@code 448} (a square) or {@code 448x320} (height x width).
   *
   * @throws InputException if the text is neither
   */
  public static ImageSize parse(String text) {
    Matcher m = TEXT.matcher(text.strip());
    if (!m.matches()) {
      throw new InputException(
          "image size '%s': write one number such as 448, or HEIGHTxWIDTH such as 448x320"
              .formatted(text));
    }
    int height = Integer.parseInt(m.group(1));
    return new ImageSize(height, m.group(2) == null ? height : Integer.parseInt(m.group(2)));
  }

  @Override
  public String toString() {
    return height + "x" + width;
  }
}
