package io.peft4j.harness.data.read;

import com.drew.imaging.FileType;
import com.drew.imaging.FileTypeDetector;
import com.twelvemonkeys.imageio.plugins.bmp.BMPImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import io.peft4j.api.InputException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * The formats of pictures that are read, told by a file's first bytes, never by its name.
 *
 * <p>Each has one reader, so that what else is on a program's class path changes no pixel.
 */
public enum PictureFormat {
  /** Baseline, progressive and lossless; grey, YCbCr, RGB, CMYK and YCCK. */
  JPEG("JPEG", FileType.Jpeg),
  /** 1 to 16 bits a sample; grey, palette and RGB; with alpha or without. */
  PNG("PNG", FileType.Png),
  /** Lossy and lossless; of a moving one the first picture. */
  WEBP("WebP", FileType.WebP),
  /** Of several pages the first. */
  TIFF("TIFF", FileType.Tiff),
  /** Windows bitmaps, also run-length encoded. */
  BMP("BMP", FileType.Bmp),
  /** Of a moving one the first picture. */
  GIF("GIF", FileType.Gif);

  private static final int SHOWN_BYTES = 8;

  private final String title;
  private final FileType type;

  PictureFormat(String title, FileType type) {
    this.title = title;
    this.type = type;
  }

  /** True if a file of this name may be meant as a picture, of these formats or of others. */
  public static boolean mayBePicture(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    int dot = name.lastIndexOf('.');
    String ending = dot < 0 ? "" : name.substring(dot + 1);
    return ending.equals("avif")
        || ending.equals("jfif")
        || Arrays.stream(FileType.values())
            .filter(t -> String.valueOf(t.getMimeType()).startsWith("image/"))
            .flatMap(t -> Arrays.stream(t.getAllExtensions()))
            .anyMatch(ending::equals);
  }

  /**
   * The format of a file.
   *
   * @throws InputException naming what it is instead, and the formats that are read
   * @throws IOException if it cannot be read
   */
  static PictureFormat of(Path file) throws IOException {
    FileType found;
    byte[] first;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      in.mark(SHOWN_BYTES);
      first = in.readNBytes(SHOWN_BYTES);
      in.reset();
      // The detector takes each TIFF whose first directory follows its header for Sony's.
      FileType detected = FileTypeDetector.detectFileType(in);
      found = detected == FileType.Arw ? FileType.Tiff : detected;
    }
    return Arrays.stream(values())
        .filter(f -> f.type == found)
        .findFirst()
        .orElseThrow(() -> new InputException(refusal(file, found, first)));
  }

  private static String refusal(Path file, FileType found, byte[] first) {
    return "%s: is %s; pictures are read as %s"
        .formatted(
            file,
            found == FileType.Unknown
                ? "no picture of a known format (it begins with %s)"
                    .formatted(HexFormat.ofDelimiter(" ").formatHex(first))
                : "%s (%s)".formatted(found.getName(), found.getLongName()),
            all());
  }

  /** The formats for messages and help: {@code JPEG, PNG, ...}. */
  static String all() {
    return Arrays.stream(values()).map(Object::toString).collect(Collectors.joining(", "));
  }

  FileType type() {
    return type;
  }

  /** True if a file may hold several pictures. */
  boolean isSequence() {
    return this == WEBP || this == TIFF || this == GIF;
  }

  /** A reader of its own, to be disposed of. */
  ImageReader reader() throws IOException {
    return switch (this) {
      case JPEG -> jpeg().createReaderInstance();
      case WEBP -> new WebPImageReaderSpi().createReaderInstance();
      case TIFF -> new TIFFImageReaderSpi().createReaderInstance();
      case BMP -> new BMPImageReaderSpi().createReaderInstance();
      case PNG, GIF -> ofJava();
    };
  }

  /** It decodes with Java's own reader, which it looks up when it is told of the registry. */
  private static ImageReaderSpi jpeg() {
    JPEGImageReaderSpi provider = new JPEGImageReaderSpi();
    provider.onRegistration(IIORegistry.getDefaultInstance(), ImageReaderSpi.class);
    return provider;
  }

  private ImageReader ofJava() throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(title);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getModule().equals(ImageIO.class.getModule())) {
        return reader;
      }
      reader.dispose();
    }
    throw new IOException("this Java has no reader of " + title);
  }

  @Override
  public String toString() {
    return title;
  }
}
