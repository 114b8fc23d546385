package io.peft4j.harness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.grouping.Similarity;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Heat maps show who agrees and who conflicts. */
class SimilarityPictureTest {
  private static final Similarity ABC =
      Similarity.ofPairs(List.of("a", "b", "c"), Map.of("a+b", 0.3, "a+c", -0.3, "b+c", 0.0));

  @Test
  void agreementIsRedAndConflictBlue() {
    BufferedImage picture = SimilarityPicture.paint(ABC);
    Color agree = cell(picture, 0, 1);
    Color conflict = cell(picture, 0, 2);
    assertTrue(agree.getRed() > agree.getBlue() + 40, agree.toString());
    assertTrue(conflict.getBlue() > conflict.getRed() + 40, conflict.toString());
    assertEquals(agree, cell(picture, 1, 0), "symmetric");
    assertEquals(Color.WHITE, cell(picture, 1, 2), "unrelated");
  }

  @Test
  void coloursSpanTheLargestSimilarity() {
    assertEquals(0.5, SimilarityPicture.range(ABC));
    assertEquals(0.02, SimilarityPicture.range(pair(-0.013)), 1e-12);
    assertEquals(1, SimilarityPicture.range(pair(0.6)));
    assertEquals(1e-3, SimilarityPicture.range(pair(0)), 1e-12);
  }

  private static Similarity pair(double value) {
    return Similarity.ofPairs(List.of("a", "b"), Map.of("a+b", value));
  }

  /**
   * A corner of a cell, where no number stands; measured from the lower left, two pixels a unit.
   */
  private static Color cell(BufferedImage picture, int row, int column) {
    int left = 2 * (16 + Canvas.width("a") + 8);
    int top = picture.getHeight() - 2 * (16 + 3 * 64);
    return new Color(picture.getRGB(left + 128 * column + 12, top + 128 * row + 12));
  }
}
