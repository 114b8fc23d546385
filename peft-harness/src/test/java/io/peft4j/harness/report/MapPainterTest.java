package io.peft4j.harness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.harness.data.scenes.SceneClass;
import io.peft4j.harness.task.DenseTask;
import io.peft4j.harness.task.TaskSet;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Every task has the colours that a reader expects, the same for truth and prediction. */
class MapPainterTest {
  private static final MapPainter PAINTER = new MapPainter("scenes");
  private static final MapPainter.Range RANGE = new MapPainter.Range(1, 3);

  @Test
  void classesHaveTheDataSetsColoursAndTruthEqualsItsPrediction() {
    DenseTask task = task("semseg:" + SceneClass.count());
    int person = SceneClass.PERSON.ordinal();
    INDArray labels = map(1, person, 0);
    INDArray logits = Nd4j.zeros(SceneClass.count(), 1, 2);
    logits.putScalar(person, 0, 0, 1.0);
    logits.putScalar(0, 0, 1, 1.0);
    BufferedImage truth = PAINTER.truth(task, labels, RANGE);
    BufferedImage prediction = PAINTER.prediction(task, logits, RANGE);
    for (int x = 0; x < 2; x++) {
      assertEquals(truth.getRGB(x, 0), prediction.getRGB(x, 0));
    }
    assertEquals(SceneClass.PERSON.color(), color(truth, 0));
  }

  @Test
  void unknownClassesHaveThoseOfPascalVoc() {
    int[] colors = Palette.classes("mine", "semseg", 21);
    assertEquals(0x000000, colors[0]);
    assertEquals(0x800000, colors[1]);
    assertEquals(0xc08080, colors[15]);
    assertEquals(0x004080, colors[20]);
  }

  @Test
  void pixelsWithoutTruthAreDarkGrey() {
    for (String name : List.of("semseg:12", "depth", "sal", "human_parts")) {
      assertEquals(0x303030, color(PAINTER.truth(task(name), map(1, 255, 255), RANGE), 0));
    }
  }

  @Test
  void normalsSaliencyAndDepthAreDirectionsGreyAndARamp() {
    INDArray up = Nd4j.createFromArray(0f, 0f, 5f, 1f, 0f, 0f).reshape(3, 1, 2);
    BufferedImage normals = PAINTER.prediction(task("normals"), up, RANGE);
    assertEquals(0x80ff80, color(normals, 0));
    assertEquals(0x8080ff, color(PAINTER.truth(task("normals"), unit(2), RANGE), 0));
    assertEquals(0x808080, color(PAINTER.prediction(task("sal"), map(1, 0, 0), RANGE), 0));
    BufferedImage depth = PAINTER.truth(task("depth"), map(1, 1, 3), RANGE);
    assertTrue(brightness(color(depth, 0)) < brightness(color(depth, 1)));
  }

  @Test
  void theRampGrowsBrighterAllTheWay() {
    for (int i = 0; i < 100; i++) {
      int step = i;
      assertTrue(
          luminance(Palette.ramp(i / 100.0)) < luminance(Palette.ramp((i + 1) / 100.0)),
          () -> "at " + step);
    }
  }

  @Test
  void aRangeLeavesOutWhatHasNoTruth() {
    assertEquals(
        new MapPainter.Range(1, 4), MapPainter.Range.of(new float[] {4, 255, 1, Float.NaN}));
    assertEquals(new MapPainter.Range(0, 1), MapPainter.Range.of(new float[] {255}));
  }

  @Test
  void aSheetWithUnevenRowsIsRefused() {
    BufferedImage one = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    PictureSheet.Block block = new PictureSheet.Block("task", List.of(List.of(one)));
    InputException e =
        assertThrows(
            InputException.class, () -> new PictureSheet(List.of("a", "b"), List.of(block)));
    assertTrue(e.getMessage().contains("1 pictures under 2 headings"), e.getMessage());
  }

  private static DenseTask task(String text) {
    return TaskSet.parse(text).tasks().get(0);
  }

  private static INDArray map(int channels, float... values) {
    return Nd4j.createFromArray(values).reshape(channels, 1, values.length / channels);
  }

  private static INDArray unit(int axis) {
    float[] values = new float[3];
    values[axis] = 1;
    return map(3, values);
  }

  private static int color(BufferedImage picture, int x) {
    return picture.getRGB(x, 0) & 0xffffff;
  }

  private static int brightness(int rgb) {
    return (rgb >> 16 & 255) + (rgb >> 8 & 255) + (rgb & 255);
  }

  /** ITU-R BT.709. */
  private static double luminance(int rgb) {
    return 0.2126 * linear(rgb >> 16 & 255)
        + 0.7152 * linear(rgb >> 8 & 255)
        + 0.0722 * linear(rgb & 255);
  }

  private static double linear(int value) {
    return Math.pow(value / 255.0, 2.2);
  }
}
