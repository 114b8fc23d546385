package io.peft4j.benchmarks.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Series become a picture; a file without any is refused. */
class ScalingPlotTest {
  @TempDir private Path folder;

  private Path json(String text) throws IOException {
    return Files.writeString(folder.resolve("series.json"), text);
  }

  @Test
  void onePanelASeries() throws IOException {
    String points =
        "\"points\": [{\"x\": 1, \"size\": 1, \"ms\": 5}, {\"x\": 2, \"size\": 2, \"ms\": 9}]";
    Path png = folder.resolve("plot.png");
    ScalingPlot.draw(
        json("{\"series\": [{\"name\": \"a\", %1$s}, {\"name\": \"b\", %1$s}]}".formatted(points)),
        png);
    BufferedImage image = ImageIO.read(png.toFile());
    assertTrue(image.getWidth() > 1.5 * image.getHeight());
    try (var files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void nothingToDrawIsSaid() {
    assertThrows(
        InputException.class, () -> ScalingPlot.draw(json("{}"), folder.resolve("plot.png")));
  }
}
