package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.harness.data.ImageNormalization;
import io.peft4j.harness.data.read.PictureFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Pictures of any size and kind become what the backbone was trained on. */
class ImageFileTest {
  private static final int LEFT = 0xff4000;
  private static final int RIGHT = 0x0040ff;

  @TempDir private Path folder;

  @Test
  void shrinkingAndGrowingKeepColoursInTheirPlaces() throws IOException {
    for (int size : new int[] {2, 8, 16, 37, 640}) {
      BufferedImage picture = new BufferedImage(size, size + 1, BufferedImage.TYPE_INT_RGB);
      for (int y = 0; y <= size; y++) {
        for (int x = 0; x < size; x++) {
          picture.setRGB(x, y, 2 * x < size ? LEFT : RIGHT);
        }
      }
      INDArray planes = written(picture).normalised(8, 16);
      assertArrayEquals(new long[] {1, 3, 8, 16}, planes.shape());
      for (int y = 0; y < 8; y++) {
        assertColor(LEFT, planes, y, 0);
        assertColor(RIGHT, planes, y, 15);
      }
    }
  }

  @Test
  void whatIsTransparentIsWhite() throws IOException {
    BufferedImage picture = new BufferedImage(30, 30, BufferedImage.TYPE_INT_ARGB);
    assertColor(0xffffff, written(picture).normalised(8, 8), 4, 4);
  }

  @Test
  void aMapIsEnlargedWithoutNewColours() throws IOException {
    BufferedImage map = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    map.setRGB(0, 0, LEFT);
    map.setRGB(1, 0, RIGHT);
    ImageFile file = written(new BufferedImage(10, 6, BufferedImage.TYPE_INT_RGB));
    BufferedImage large = file.atOwnSize(map);
    assertEquals(10, large.getWidth());
    assertEquals(6, large.getHeight());
    for (int x = 0; x < 10; x++) {
      assertEquals(x < 5 ? LEFT : RIGHT, large.getRGB(x, 3) & 0xffffff);
    }
  }

  private ImageFile written(BufferedImage picture) throws IOException {
    Path file = folder.resolve("picture.png");
    ImageIO.write(picture, "png", file.toFile());
    return new ImageFile(PictureFile.open(file).decode().pixels());
  }

  private static void assertColor(int rgb, INDArray planes, int y, int x) {
    for (int c = 0; c < 3; c++) {
      float expected = (rgb >> 16 - 8 * c & 255) / 255f;
      float found = ImageNormalization.restore(planes.getFloat(0, c, y, x), c);
      assertEquals(expected, found, 1e-5, "channel " + c);
    }
  }
}
