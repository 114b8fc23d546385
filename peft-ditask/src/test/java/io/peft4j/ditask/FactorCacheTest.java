package io.peft4j.ditask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Factors are read instead of computed where that is right, and only there. */
class FactorCacheTest {
  private static final FileTime LONG_AGO = FileTime.from(Instant.EPOCH);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"64,64,FLOAT", "130,40,DOUBLE", "40,130,FLOAT"})
  void whatIsReadIsWhatWasComputedToTheBit(int out, int in, DataType type) throws IOException {
    double[][] matrix = random(out, in, 1);
    Factors computed = cache().factors(matrix, type);
    assertSame(Factors.of(matrix, type), computed);
    Path file = only(files());
    Files.setLastModifiedTime(file, LONG_AGO);
    // another run
    assertSame(computed, cache().factors(matrix, type));
    assertEquals(LONG_AGO, Files.getLastModifiedTime(only(files())), "was written again");
  }

  /** Proves that the file is what is read: it holds what no computation gives. */
  @Test
  void aFileIsReadWithoutComputing() throws IOException {
    double[][] matrix = random(64, 64, 1);
    cache().factors(matrix, DataType.FLOAT);
    Path file = only(files());
    byte[] key = HexFormat.of().parseHex(file.getFileName().toString().split("\\.")[0]);
    Factors other = Factors.of(random(64, 64, 2), DataType.FLOAT);
    Files.write(file, FactorFile.encode(key, other));
    assertSame(other, cache().factors(matrix, DataType.FLOAT));
  }

  @Test
  void anotherWeightOrShapeOrTypeHasAnotherFile() throws IOException {
    double[][] matrix = random(64, 128, 1);
    cache().factors(matrix, DataType.FLOAT);
    cache().factors(matrix, DataType.DOUBLE);
    double[][] reshaped = new double[128][64];
    for (int i = 0; i < 64; i++) {
      System.arraycopy(matrix[i], 0, reshaped[2 * i], 0, 64);
      System.arraycopy(matrix[i], 64, reshaped[2 * i + 1], 0, 64);
    }
    cache().factors(reshaped, DataType.FLOAT);
    matrix[63][127] = Math.nextUp(matrix[63][127]);
    cache().factors(matrix, DataType.FLOAT);
    assertEquals(4, files().size());
  }

  private enum Damage {
    EMPTY,
    SHORT,
    LONG,
    FLIPPED_BIT,
    OF_ANOTHER_WEIGHT
  }

  @ParameterizedTest
  @EnumSource
  void aDamagedFileIsComputedAndWrittenAgain(Damage damage) throws IOException {
    double[][] matrix = random(64, 64, 1);
    Factors computed = cache().factors(matrix, DataType.FLOAT);
    Path file = only(files());
    byte[] whole = Files.readAllBytes(file);
    byte[] damaged =
        switch (damage) {
          case EMPTY -> new byte[0];
          case SHORT -> Arrays.copyOf(whole, whole.length / 2);
          case LONG -> Arrays.copyOf(whole, whole.length + 1);
          case FLIPPED_BIT -> {
            byte[] copy = whole.clone();
            copy[new Random(3).nextInt(copy.length)] ^= 16;
            yield copy;
          }
          case OF_ANOTHER_WEIGHT ->
              FactorFile.encode(new byte[32], Factors.of(random(64, 64, 2), DataType.FLOAT));
        };
    Files.write(file, damaged);
    assertSame(computed, cache().factors(matrix, DataType.FLOAT));
    assertArrayEquals(whole, Files.readAllBytes(only(files())));
  }

  @Test
  void withoutAFolderOrWhereItCannotBeAllIsComputed() throws IOException {
    double[][] matrix = random(64, 64, 1);
    Factors expected = Factors.of(matrix, DataType.FLOAT);
    assertSame(expected, new FactorCache(Optional.empty()).factors(matrix, DataType.FLOAT));
    // a file where the folder should be stops even the superuser
    Path file = Files.writeString(folder.resolve("file"), "not a folder");
    FactorCache blocked = new FactorCache(Optional.of(file.resolve("factors")));
    assertSame(expected, blocked.factors(matrix, DataType.FLOAT));
    assertSame(expected, blocked.factors(matrix, DataType.FLOAT));
    assertEquals(List.of(file), files());
  }

  @Test
  void whatIsComputedAsFastAsReadIsNotKept() throws IOException {
    cache().factors(random(20, 20, 1), DataType.FLOAT);
    assertEquals(List.of(), files());
  }

  /** As processes would: caches that know nothing of each other, at the same time. */
  @Test
  void manyMayWriteTheSameAtOnce() throws IOException {
    double[][] matrix = random(70, 64, 1);
    Factors expected = Factors.of(matrix, DataType.FLOAT);
    IntStream.range(0, 16)
        .parallel()
        .mapToObj(i -> cache().factors(matrix, DataType.FLOAT))
        .toList()
        .forEach(f -> assertSame(expected, f));
    assertEquals(1, files().size(), "unfinished files are left");
  }

  @Test
  void theNumberOfThreadsDoesNotShow() {
    INDArray weight = Nd4j.createFromArray(random(30, 20, 5));
    List<WeightPart> parts =
        List.of(
            new WeightPart("w", weight, 0, 5),
            new WeightPart("w", weight, 5, 10),
            new WeightPart("w", weight, 10, 30));
    List<Factors> one = new Decomposer(cache(), 1).decompose(parts, DataType.DOUBLE);
    List<Factors> three = new Decomposer(cache(), 3).decompose(parts, DataType.DOUBLE);
    for (int i = 0; i < 3; i++) {
      assertSame(one.get(i), three.get(i));
      assertSame(Factors.of(parts.get(i).rows(), DataType.DOUBLE), one.get(i));
    }
    assertNotEquals(one.get(0), one.get(1));
  }

  private FactorCache cache() {
    return new FactorCache(Optional.of(folder));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static Path only(List<Path> files) {
    assertEquals(1, files.size(), files::toString);
    return files.get(0);
  }

  private static void assertSame(Factors expected, Factors actual) {
    assertArrayEquals(expected.values(), actual.values());
    assertEquals(expected.left().dataType(), actual.left().dataType());
    assertTrue(expected.left().equalsWithEps(actual.left(), 0));
    assertTrue(expected.right().equalsWithEps(actual.right(), 0));
  }

  private static double[][] random(int rows, int columns, long seed) {
    Random random = new Random(seed);
    return Stream.generate(() -> random.doubles(columns, -1, 1).toArray())
        .limit(rows)
        .toArray(double[][]::new);
  }
}
