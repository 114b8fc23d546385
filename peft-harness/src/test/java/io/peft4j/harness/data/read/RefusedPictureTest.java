package io.peft4j.harness.data.read;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be read is refused in words, by its header where that tells. */
class RefusedPictureTest {
  private static final Path FILES = Path.of("src", "test", "resources", "pictures");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "telephone.jpg", "progressive.jpg", "rgb.png", "rgb16.png", "lossless.webp", "lossy.webp",
        "lzw.tiff", "cmyk.tiff", "rgb.bmp", "rle.bmp", "still.gif", "cmyk.jpg"
      })
  void halfAFileIsDamaged(String name) throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve(name));
    for (double share : new double[] {0.1, 0.3, 0.5, 0.7}) {
      Path cut =
          Files.write(folder.resolve(name), Arrays.copyOf(whole, (int) (whole.length * share)));
      String message =
          assertThrows(
                  InputException.class,
                  () -> PictureFile.open(cut).decode(),
                  () -> name + " cut to " + share)
              .getMessage();
      assertTrue(message.startsWith(cut.toString()), message);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "b.jpg | 8BPS........................ | is PSD (Photoshop Document); pictures are read as JPEG, PNG, WebP, TIFF, BMP, GIF",
        "c.png | <svg xmlns=''/> | is no picture of a known format (it begins with 3c 73 76 67 20 78 6d 6c)",
        "d.png | x | is no picture of a known format (it begins with 78)",
      })
  void anotherFormatIsNamed(String name, String content, String message) throws IOException {
    Path file = Files.writeString(folder.resolve(name), content, StandardCharsets.US_ASCII);
    assertRefused(file, message);
  }

  @Test
  void aTelephonesHeifIsNamed() throws IOException {
    ByteBuffer box = ByteBuffer.allocate(64);
    box.putInt(24).put("ftypheic".getBytes(StandardCharsets.US_ASCII));
    box.putInt(0).put("mif1heic".getBytes(StandardCharsets.US_ASCII));
    assertRefused(Files.write(folder.resolve("a.heic"), box.array()), "is HEIF");
  }

  @Test
  void emptyMissingAndFolders() throws IOException {
    assertRefused(Files.createFile(folder.resolve("empty.jpg")), "the file is empty");
    assertRefused(folder.resolve("none.jpg"), "there is no such file");
    assertRefused(folder, "is a folder, not a picture");
  }

  /** The picture's rows are not there at all: only the header is looked at. */
  @Test
  void aHugePictureIsRefusedByItsHeader() throws IOException {
    byte[] png = Files.readAllBytes(FILES.resolve("rgb.png"));
    ByteBuffer header = ByteBuffer.wrap(png);
    header.putInt(16, 20_000).putInt(20, 15_000);
    CRC32 sum = new CRC32();
    sum.update(png, 12, 17);
    header.putInt(29, (int) sum.getValue());
    assertRefused(
        Files.write(folder.resolve("huge.png"), png),
        "has 20000x15000 pixels, 300 million; at most 200 million are read");
  }

  private static void assertRefused(Path file, String message) {
    String found = assertThrows(InputException.class, () -> PictureFile.open(file)).getMessage();
    assertTrue(found.contains(message), found);
    assertTrue(found.startsWith(file.toString()), found);
  }
}
