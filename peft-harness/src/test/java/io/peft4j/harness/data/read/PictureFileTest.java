package io.peft4j.harness.data.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every format, kind of pixels and orientation gives the same upright picture: red and green above
 * blue and white. The files are other programs' (see their make.sh).
 */
class PictureFileTest {
  private static final Path FILES = Path.of("src", "test", "resources", "pictures");
  private static final int WIDTH = 48;
  private static final int HEIGHT = 32;

  /** What lossy formats may change. */
  private static final int NEAR = 12;

  static Stream<String> turned() {
    return Stream.concat(
        Stream.of("II", "MM")
            .flatMap(o -> Stream.of(1, 2, 3, 4, 5, 6, 7, 8).map(t -> turned(t, o))),
        Stream.of("turned-6.png", "turned-6.webp", "turned-6.tiff"));
  }

  private static String turned(int tag, String byteOrder) {
    return "turned-%d-%s.jpg".formatted(tag, byteOrder);
  }

  @ParameterizedTest
  @MethodSource("turned")
  void isUpright(String name) {
    assertEquals(
        Orientation.of(name.charAt("turned-".length()) - '0'),
        PictureFile.open(FILES.resolve(name)).orientation());
    assertQuarters(name, NEAR);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb.png",
        "rgb16.png",
        "palette.png",
        "alpha.png",
        "lossless.webp",
        "alpha.webp",
        "lzw.tiff",
        "deflate16.tiff",
        "cmyk.tiff",
        "two-pages.tiff",
        "rgb.bmp",
        "rle.bmp",
        "still.gif",
        "transparent.gif",
        "moving.gif",
        "moving.webp"
      })
  void exactFormatsAreReadExactly(String name) {
    assertQuarters(name, 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "progressive.jpg",
        "cmyk.jpg",
        "ycck.jpg",
        "lossy.webp",
        "alpha-lossy.webp",
        "jpeg.tiff",
        "profile.jpg",
        "profile.png",
        "profile.webp",
        "profile.tiff"
      })
  void lossyFormatsAndProfilesAreNear(String name) {
    assertQuarters(name, NEAR);
  }

  @ParameterizedTest
  @CsvSource({"grey.jpg,2", "grey.png,0", "grey16.png,0", "grey.tiff,0"})
  void greyKeepsItsValues(String name, int tolerance) {
    BufferedImage pixels = PictureFile.open(FILES.resolve(name)).decode().pixels();
    assertColor(0x404040, pixels, 8, 8, tolerance);
    assertColor(0x808080, pixels, 24, 8, tolerance);
    assertColor(0xc0c0c0, pixels, 40, 8, tolerance);
  }

  @Test
  void aTelephonesPictureFitsItsUprightMask() {
    PictureFile picture = PictureFile.open(FILES.resolve("telephone.jpg"));
    PictureFile mask = PictureFile.open(FILES.resolve("telephone-mask.png"));
    assertTrue(picture.orientation().swapsSides());
    assertEquals(List.of(mask.width(), mask.height()), List.of(picture.width(), picture.height()));
    BufferedImage pixels = picture.decode().pixels();
    assertEquals(
        List.of(mask.width(), mask.height()), List.of(pixels.getWidth(), pixels.getHeight()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"two-pages.tiff", "moving.gif", "moving.webp"})
  void picturesThatAreNotReadAreTold(String name) {
    List<String> notes = PictureFile.open(FILES.resolve(name)).notes();
    assertEquals(1, notes.size());
    assertTrue(notes.get(0).contains("of its 2 pictures the first is read"), notes.toString());
  }

  @Test
  void halfTransparentIsHalfWhite() throws IOException {
    BufferedImage half = new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB);
    half.setRGB(1, 1, 0x80ff0000);
    BufferedImage opaque = Srgb.of(half);
    assertColor(0xff7f7f, opaque, 1, 1, 1);
    assertColor(0xffffff, opaque, 0, 0, 0);
  }

  @ParameterizedTest
  @CsvSource({"0", "9", "-1", "65535"})
  void unknownOrientationsAreUpright(int tag) {
    assertEquals(Orientation.UPRIGHT, Orientation.of(tag));
  }

  private static void assertQuarters(String name, int tolerance) {
    PictureFile file = PictureFile.open(FILES.resolve(name));
    assertEquals(List.of(WIDTH, HEIGHT), List.of(file.width(), file.height()));
    Picture picture = file.decode();
    BufferedImage pixels = picture.pixels();
    assertEquals(BufferedImage.TYPE_INT_RGB, pixels.getType());
    assertEquals(List.of(WIDTH, HEIGHT), List.of(pixels.getWidth(), pixels.getHeight()));
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        boolean left = x < WIDTH / 2;
        int top = left ? 0xff0000 : 0x00ff00;
        int bottom = left ? 0x0000ff : 0xffffff;
        assertColor(y < HEIGHT / 2 ? top : bottom, pixels, x, y, tolerance);
      }
    }
  }

  private static void assertColor(int rgb, BufferedImage pixels, int x, int y, int tolerance) {
    int found = pixels.getRGB(x, y) & 0xffffff;
    for (int shift = 0; shift <= 16; shift += 8) {
      int difference = Math.abs((found >> shift & 255) - (rgb >> shift & 255));
      assertTrue(difference <= tolerance, "(%d, %d) is %06x, not %06x".formatted(x, y, found, rgb));
    }
  }
}
