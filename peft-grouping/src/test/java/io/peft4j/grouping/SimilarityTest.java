package io.peft4j.grouping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Similarities measured, given by pair, and read from a file. */
class SimilarityTest {
  private static final List<String> AB = List.of("a", "b");

  @Test
  void theMeanOfCosinesDoesNotSeeLengthsAndMayComeInPieces() {
    SimilarityMeter meter = new SimilarityMeter(AB);
    // first example in two pieces: cosine of (3, 0, 4) and (30, 0, 0) is 0.6
    meter.add(List.of(new float[] {3, 0}, new float[] {30, 0}));
    meter.add(List.of(new float[] {4}, new float[] {0}));
    meter.endExample();
    // second: opposite directions
    meter.add(List.of(new float[] {1e-3f}, new float[] {-1e3f}));
    meter.endExample();
    assertEquals((0.6 - 1) / 2, meter.similarity().between(0, 1), 1e-7);
  }

  @Test
  void anExampleWithoutLabelsOfATaskIsLeftOut() {
    SimilarityMeter meter = new SimilarityMeter(AB);
    meter.add(List.of(new float[] {1}, new float[] {0}));
    meter.endExample();
    refused("no example has labels of both a and b", meter::similarity);
    meter.add(List.of(new float[] {1}, new float[] {2}));
    meter.endExample();
    assertEquals(1, meter.similarity().between(1, 0), 1e-12);
  }

  @Test
  void aGradientThatIsNotFiniteIsNamed() {
    SimilarityMeter meter = new SimilarityMeter(AB);
    meter.add(List.of(new float[] {1}, new float[] {Float.NaN}));
    String message = assertThrows(ArithmeticException.class, meter::endExample).getMessage();
    assertTrue(message.contains("task b"), message);
  }

  @Test
  void pairsAreReadInEitherOrderAndOthersIgnored() {
    Similarity s = Similarity.ofPairs(AB, Map.of("b+a", 0.25, "a+c", 0.5));
    assertEquals(0.25, s.between(0, 1));
    assertEquals(Map.of("a+b", 0.25), s.pairs());
  }

  @Test
  void whatIsNoSimilarityIsRefused() {
    refused("similarity of a and b is missing; add a+b=", () -> Similarity.ofPairs(AB, Map.of()));
    refused(
        "a+b and b+a are the same pair",
        () -> Similarity.ofPairs(AB, Map.of("a+b", 0.1, "b+a", 0.1)));
    refused("a cosine lies in [-1, 1]", () -> Similarity.ofPairs(AB, Map.of("a+b", 1.5)));
    refused(
        "is missing; add semseg+sal=…; 'semsg' is no task here; did you mean 'semseg'?",
        () -> Similarity.ofPairs(List.of("semseg", "sal"), Map.of("semsg+sal", 0.5)));
    for (String key : List.of("a", "a+", "a+b+c", "a+a")) {
      refused(
          "similarity '" + key + "' is no pair of tasks; write a+b=0.3",
          () -> Similarity.ofPairs(AB, Map.of(key, 0.5)));
    }
    refused(
        "similarity of b and a is NaN",
        () -> Similarity.of(AB, new double[][] {{1, 0}, {Double.NaN, 1}}));
    refused("one way", () -> Similarity.of(AB, new double[][] {{1, 0.1}, {0.2, 1}}));
    refused("the row of b has 1 values", () -> Similarity.of(AB, new double[][] {{1, 0.1}, {0.2}}));
    refused("named twice", () -> Similarity.of(List.of("a", "a"), new double[2][2]));
  }

  @Test
  void aFileHoldsTheSameMatrix(@TempDir Path folder) throws IOException {
    Similarity s = Similarities.random(5, 2);
    Path file = Files.write(folder.resolve("s.csv"), SimilarityFile.lines(s));
    assertEquals(s.pairs(), SimilarityFile.read(file).pairs());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "task,a,b|a,1,0.5; names 2 tasks in its header, but has 1 rows",
        "task,a,b|a,1,0.5|c,0.5,1; row 2 is of 'c', but the header says 'b'",
        "task,a,b|a,1,x|b,0.5,1; row of a: 'x' is no number",
        "task,a,b; needs a header",
        "task,a,b|a,1|b,0.5,1; the row of a has 1 values",
      })
  void aBrokenFileIsRefusedWithItsPlace(String text, String message) {
    refused(message, () -> SimilarityFile.parse("s.csv", List.of(text.split("\\|"))));
  }

  @Test
  void aMissingFileIsNamed(@TempDir Path folder) {
    refused("none.csv does not exist", () -> SimilarityFile.read(folder.resolve("none.csv")));
    refused(folder + " is no file", () -> SimilarityFile.read(folder));
  }

  private static void refused(String message, Executable work) {
    InputException error = assertThrows(InputException.class, work);
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }
}
