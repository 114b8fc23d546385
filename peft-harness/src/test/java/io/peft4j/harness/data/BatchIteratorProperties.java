package io.peft4j.harness.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.harness.task.TaskSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Laws of a pass: what it holds, in which order, and how mirrored images look. */
class BatchIteratorProperties {
  private static final int HEIGHT = 2;
  private static final int WIDTH = 3;
  private static final int PIXELS = HEIGHT * WIDTH;
  private static final TaskSet TASKS = TaskSet.parse("semseg:200,normals");

  /** Every value of image i is 1000·i + its place, so that it can be told where it came from. */
  private record Numbered(int size) implements LabelledImages {
    @Override
    public int height() {
      return HEIGHT;
    }

    @Override
    public int width() {
      return WIDTH;
    }

    @Override
    public void image(int index, float[] to, int offset) {
      fill(index, to, offset);
    }

    @Override
    public void labels(int index, String task, float[] to, int offset) {
      if (task.equals("normals")) {
        fill(index, to, offset);
        to[offset] = 255;
      } else {
        java.util.Arrays.fill(to, offset, offset + PIXELS, index);
      }
    }

    private static void fill(int index, float[] to, int offset) {
      for (int i = 0; i < 3 * PIXELS; i++) {
        to[offset + i] = 1000 * index + i;
      }
    }
  }

  @Property(tries = 50)
  void aTrainingPassHoldsEachImageAtMostOnceInWholeBatches(
      @ForAll @IntRange(min = 1, max = 40) int size,
      @ForAll @IntRange(min = 1, max = 12) int batch,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 9) int epoch) {
    Assume.that(batch <= size);
    List<Integer> seen = indices(train(size, batch, seed, epoch, true), batch);
    assertEquals(size / batch * batch, seen.size());
    assertEquals(seen.size(), new HashSet<>(seen).size());
  }

  @Property(tries = 30)
  void aPassDependsOnSeedAndEpochAlone(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 99) int epoch) {
    MultiDataSetIterator first = train(40, 40, seed, epoch, true);
    INDArray once = first.next().getFeatures(0);
    first.reset();
    assertEquals(once, first.next().getFeatures(0));
    assertEquals(once, train(40, 40, seed, epoch, true).next().getFeatures(0));
    assertFalse(once.equals(train(40, 40, seed, epoch + 1, true).next().getFeatures(0)));
    assertFalse(once.equals(train(40, 40, seed + 1, epoch, true).next().getFeatures(0)));
  }

  @Property(tries = 30)
  void aValidationPassHoldsEveryImageInOrder(
      @ForAll @IntRange(min = 1, max = 40) int size,
      @ForAll @IntRange(min = 1, max = 12) int batch) {
    List<Integer> seen =
        indices(BatchIterator.inOrder(new Numbered(size), TASKS, batch), Math.min(batch, size));
    assertEquals(IntStream.range(0, size).boxed().toList(), seen);
  }

  @Property(tries = 30)
  void mirroredImagesHaveMirroredLabelsAndNormals(@ForAll long seed) {
    MultiDataSet batch = train(32, 32, seed, 1, true).next();
    int mirrored = 0;
    for (int i = 0; i < 32; i++) {
      float[] image = flat(batch.getFeatures(0), i);
      float[] normals = flat(batch.getLabels(1), i);
      float[] plain = new float[3 * PIXELS];
      int index = Math.round(batch.getLabels(0).getFloat(i, 0, 0, 0));
      Numbered.fill(index, plain, 0);
      boolean flip = image[0] != plain[0];
      mirrored += flip ? 1 : 0;
      for (int row = 0; row < 3 * HEIGHT; row++) {
        for (int x = 0; x < WIDTH; x++) {
          int at = row * WIDTH + x;
          int from = flip ? row * WIDTH + WIDTH - 1 - x : at;
          assertEquals(plain[from], image[at]);
          float sign = flip && row < HEIGHT && from != 0 ? -1 : 1;
          assertEquals(sign * (from == 0 ? 255 : plain[from]), normals[at]);
        }
      }
    }
    // All alike would happen once in 2^31.
    assertTrue(mirrored > 0 && mirrored < 32, "mirrored " + mirrored + " of 32");
  }

  @Property(tries = 10)
  void withoutFlippingImagesComeAsTheyAre(@ForAll long seed) {
    MultiDataSet batch = train(8, 8, seed, 1, false).next();
    for (int i = 0; i < 8; i++) {
      float[] plain = new float[3 * PIXELS];
      Numbered.fill(Math.round(batch.getLabels(0).getFloat(i, 0, 0, 0)), plain, 0);
      assertArrayEquals(plain, flat(batch.getFeatures(0), i));
    }
  }

  @Property(tries = 5)
  void aBatchLargerThanTheDataIsRefused(@ForAll @IntRange(min = 1, max = 9) int size) {
    InputException e = assertThrows(InputException.class, () -> train(size, size + 1, 0, 1, true));
    assertTrue(e.getMessage().contains("batch " + (size + 1)), e.getMessage());
  }

  private static MultiDataSetIterator train(
      int size, int batch, long seed, int epoch, boolean flip) {
    return BatchIterator.train(new Numbered(size), TASKS, batch, seed, epoch, flip);
  }

  private static float[] flat(INDArray array, int image) {
    return array.slice(image).dup('c').data().asFloat();
  }

  /** Indices of the images of a pass, told by their labels. */
  private static List<Integer> indices(MultiDataSetIterator pass, int firstBatch) {
    List<Integer> seen = new ArrayList<>();
    while (pass.hasNext()) {
      MultiDataSet batch = pass.next();
      if (seen.isEmpty()) {
        assertArrayEquals(new long[] {firstBatch, 3, HEIGHT, WIDTH}, batch.getFeatures(0).shape());
        assertArrayEquals(new long[] {firstBatch, 1, HEIGHT, WIDTH}, batch.getLabels(0).shape());
      }
      for (int i = 0; i < batch.getFeatures(0).size(0); i++) {
        seen.add(Math.round(batch.getLabels(0).getFloat(i, 0, 0, 0)));
      }
    }
    return seen;
  }
}
