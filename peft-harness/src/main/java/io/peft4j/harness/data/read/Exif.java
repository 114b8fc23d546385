package io.peft4j.harness.data.read;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.ExifIFD0Directory;
import io.peft4j.api.InputException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What EXIF says about a picture: in JPEG, WebP, PNG (eXIf) and TIFF. */
final class Exif {
  /**
   * Tags of DNG's version and private data: raw photographs, whose first picture is a thumbnail.
   */
  private static final List<Integer> RAW = List.of(0xC612, 0xC634);

  private Exif() {}

  /**
   * Which way up a picture is stored; upright where nothing says so.
   *
   * @throws InputException if it is a raw photograph
   * @throws ImageProcessingException if what it says is damaged
   */
  static Orientation orientation(Path file, PictureFormat format)
      throws IOException, ImageProcessingException {
    Metadata metadata;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      metadata = ImageMetadataReader.readMetadata(in, Files.size(file), format.type());
    }
    for (ExifIFD0Directory directory : metadata.getDirectoriesOfType(ExifIFD0Directory.class)) {
      if (RAW.stream().anyMatch(directory::containsTag)) {
        throw new InputException(
            "%s: is a raw photograph (DNG, ARW); pictures are read as %s"
                .formatted(file, PictureFormat.all()));
      }
      Integer tag = directory.getInteger(ExifDirectoryBase.TAG_ORIENTATION);
      if (tag != null) {
        // The first page's comes first.
        return Orientation.of(tag);
      }
    }
    return Orientation.UPRIGHT;
  }
}
