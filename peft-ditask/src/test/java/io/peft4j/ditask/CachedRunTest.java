package io.peft4j.ditask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.graph.PeftModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Whole adaptations, one after the other, with a folder between them. */
class CachedRunTest {
  private static final FileTime LONG_AGO = FileTime.from(Instant.EPOCH);
  private static final int WIDTH = 64;

  @TempDir Path folder;
  private Optional<String> before = Optional.empty();

  @BeforeEach
  void useFolder() {
    before = Optional.ofNullable(System.getProperty(CacheFolder.PROPERTY));
    System.setProperty(CacheFolder.PROPERTY, folder.toString());
  }

  @AfterEach
  void useWhatWasUsedBefore() {
    before.ifPresentOrElse(
        value -> System.setProperty(CacheFolder.PROPERTY, value),
        () -> System.clearProperty(CacheFolder.PROPERTY));
  }

  @Test
  void theSecondRunReadsWhatTheFirstWroteWhateverItsOptions() throws IOException {
    INDArray weight = normal(1, 3 * WIDTH, WIDTH);
    INDArray bias = normal(2, 3 * WIDTH);
    PeftModel first = OneSite.of(weight, bias, 2).adapt("unfreeze=");
    // query, key and value
    assertEquals(3, files().size());
    for (Path file : files()) {
      Files.setLastModifiedTime(file, LONG_AGO);
    }
    PeftModel second = OneSite.of(weight, bias, 2).adapt("unfreeze=");
    INDArray theta = normal(3, 1, 63);
    first.arrays().get("linear.theta").assign(theta);
    second.arrays().get("linear.theta").assign(theta);
    INDArray expected = OneSite.weight(first, bias);
    assertTrue(expected.equalsWithEps(OneSite.weight(second, bias), 0));
    assertTrue(expected.distance2(weight) > 1e-3, "nothing was transformed");
    OneSite.of(weight, bias, 2).adapt("unfreeze= warp=value sharedCells=9 product=factored");
    for (Path file : files()) {
      assertEquals(LONG_AGO, Files.getLastModifiedTime(file), "was written again");
    }
    assertEquals(3, files().size());
  }

  @Test
  void aWeightThatIsNotFiniteIsRefusedBeforeAnythingIsWritten() throws IOException {
    INDArray weight = normal(1, 3 * WIDTH, WIDTH);
    weight.putScalar(3 * WIDTH - 1, 5, Double.NaN);
    OneSite site = OneSite.of(weight, normal(2, 3 * WIDTH), 2);
    InputException error = assertThrows(InputException.class, () -> site.adapt("unfreeze="));
    assertTrue(
        error.getMessage().startsWith("weight linear.weight holds NaN at [191, 5]"),
        error.getMessage());
    assertEquals(List.of(), files());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static INDArray normal(long seed, long... shape) {
    Random random = new Random(seed);
    INDArray array = Nd4j.create(DataType.DOUBLE, shape);
    for (long i = 0; i < array.length(); i++) {
      array.putScalar(i, random.nextGaussian());
    }
    return array;
  }
}
