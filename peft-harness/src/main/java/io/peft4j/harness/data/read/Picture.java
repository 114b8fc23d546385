package io.peft4j.harness.data.read;

import java.awt.image.BufferedImage;
import java.util.List;

/**
 * A decoded picture.
 *
 * @param pixels upright, opaque, sRGB, of {@code BufferedImage.TYPE_INT_RGB}
 * @param notes what its reader had to guess or leave out, for the user; usually empty
 */
public record Picture(BufferedImage pixels, List<String> notes) {
  /** Copies the notes. */
  public Picture {
    notes = List.copyOf(notes);
  }
}
