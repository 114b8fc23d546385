package io.peft4j.harness.data.read;

import com.drew.imaging.ImageProcessingException;
import io.peft4j.api.InputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * A picture in a file, known by its header: {@link #open} reads that alone, {@link #decode} the
 * pixels.
 *
 * @param path the file
 * @param format what it is, by its bytes
 * @param width pixels of the upright picture
 * @param height pixels of the upright picture
 * @param orientation how it is stored
 * @param notes what is in the file and not used, for the user; usually empty
 */
public record PictureFile(
    Path path,
    PictureFormat format,
    int width,
    int height,
    Orientation orientation,
    List<String> notes) {
  /** Most pixels that are decoded; cameras of telephones have so many. */
  public static final long MOST_PIXELS = 200_000_000;

  /** Copies the notes. */
  public PictureFile {
    notes = List.copyOf(notes);
  }

  /**
   * Reads a file's header.
   *
   * @throws InputException naming the file and the reason if it is no picture that can be read: not
   *     there, empty, of another format, damaged in its header, or of more than {@link
   *     #MOST_PIXELS} pixels
   */
  public static PictureFile open(Path path) {
    requireFile(path);
    try {
      PictureFormat format = PictureFormat.of(path);
      List<String> notes = new ArrayList<>();
      Orientation orientation = orientation(path, format, notes);
      try (ImageInputStream in = ImageIO.createImageInputStream(path.toFile())) {
        ImageReader reader = format.reader();
        try {
          reader.setInput(in);
          int columns = reader.getWidth(0);
          int rows = reader.getHeight(0);
          requireSize(path, columns, rows);
          if (format.isSequence() && reader.getNumImages(true) > 1) {
            notes.add(
                "%s: of its %d pictures the first is read"
                    .formatted(path, reader.getNumImages(true)));
          }
          boolean swap = orientation.swapsSides();
          return new PictureFile(
              path, format, swap ? rows : columns, swap ? columns : rows, orientation, notes);
        } finally {
          reader.dispose();
        }
      }
    } catch (InputException e) {
      throw e;
    } catch (AccessDeniedException e) {
      throw new InputException(path + ": may not be read: permission denied", e);
    } catch (IOException | RuntimeException e) {
      throw damaged(path, e);
    }
  }

  /**
   * Decodes the picture.
   *
   * @throws InputException naming the file if its pixels are damaged or end early
   */
  public Picture decode() {
    try (ImageInputStream in = ImageIO.createImageInputStream(path.toFile())) {
      ImageReader reader = format.reader();
      try {
        reader.setInput(in);
        Decoding decoding = new Decoding(path, format, reader);
        return new Picture(orientation.upright(Srgb.of(decoding.pixels())), decoding.notes());
      } finally {
        reader.dispose();
      }
    } catch (InputException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged(path, e);
    }
  }

  private static void requireFile(Path path) {
    if (!Files.exists(path)) {
      throw new InputException(path + ": there is no such file");
    }
    if (!Files.isRegularFile(path)) {
      throw new InputException(
          path + (Files.isDirectory(path) ? ": is a folder, not a picture" : ": is no plain file"));
    }
    try {
      if (Files.size(path) == 0) {
        throw new InputException(path + ": the file is empty");
      }
    } catch (IOException e) {
      throw new InputException(path + ": cannot be read: " + e, e);
    }
  }

  private static Orientation orientation(Path path, PictureFormat format, List<String> notes)
      throws IOException {
    try {
      return Exif.orientation(path, format);
    } catch (ImageProcessingException e) {
      notes.add("%s: its metadata cannot be read (%s)".formatted(path, e.getMessage()));
      return Orientation.UPRIGHT;
    }
  }

  private static void requireSize(Path path, int columns, int rows) {
    if (columns < 1 || rows < 1) {
      throw new InputException(
          "%s: the picture is damaged: it is %dx%d pixels".formatted(path, columns, rows));
    }
    if ((long) columns * rows > MOST_PIXELS) {
      throw new InputException(
          "%s: has %dx%d pixels, %d million; at most %d million are read: make it smaller"
              .formatted(
                  path,
                  columns,
                  rows,
                  Math.round((double) columns * rows / 1_000_000),
                  MOST_PIXELS / 1_000_000));
    }
  }

  /** Readers tell of damage by exceptions of every kind. */
  private static InputException damaged(Path path, Exception e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new InputException("%s: the picture is damaged: %s".formatted(path, reason), e);
  }
}
