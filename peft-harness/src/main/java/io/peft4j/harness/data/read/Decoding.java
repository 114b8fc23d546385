package io.peft4j.harness.data.read;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;
import javax.imageio.IIOException;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.event.IIOReadWarningListener;

/** The pixels of a reader's first picture, and what it warned of meanwhile. */
final class Decoding {
  /** Warnings after which pixels are made up: libjpeg's, and those of Java's readers. */
  private static final Pattern DAMAGE =
      Pattern.compile(
          "premature end|corrupt|unexpected end|truncated|end of (file|stream)|eof",
          Pattern.CASE_INSENSITIVE);

  private final Path path;
  private final PictureFormat format;
  private final ImageReader reader;
  private final List<String> warnings = new ArrayList<>();

  Decoding(Path path, PictureFormat format, ImageReader reader) {
    this.path = path;
    this.format = format;
    this.reader = reader;
    reader.addIIOReadWarningListener(
        (IIOReadWarningListener) (source, warning) -> warnings.add(String.valueOf(warning)));
  }

  /**
   * Decodes.
   *
   * @throws IOException if the file is damaged or ends early
   */
  BufferedImage pixels() throws IOException {
    ImageReadParam param = reader.getDefaultReadParam();
    param.setDestinationType(type());
    BufferedImage image = reader.read(0, param);
    for (String warning : warnings) {
      if (DAMAGE.matcher(warning).find()) {
        throw new IIOException(warning);
      }
    }
    return format == PictureFormat.PNG
        ? PngProfile.applied(image, reader.getImageMetadata(0))
        : image;
  }

  /** What the reader warned of, naming the file. */
  List<String> notes() {
    return warnings.stream().distinct().map(w -> path + ": " + w).toList();
  }

  /** Grey and red-green-blue as they are, all else as sRGB where the reader converts by itself. */
  private ImageTypeSpecifier type() throws IOException {
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    ImageTypeSpecifier first = types.next();
    if (isPlain(first)) {
      return first;
    }
    while (types.hasNext()) {
      ImageTypeSpecifier next = types.next();
      if (isPlain(next)) {
        return next;
      }
    }
    return first;
  }

  private static boolean isPlain(ImageTypeSpecifier type) {
    int space = type.getColorModel().getColorSpace().getType();
    return space == ColorSpace.TYPE_RGB || space == ColorSpace.TYPE_GRAY;
  }
}
