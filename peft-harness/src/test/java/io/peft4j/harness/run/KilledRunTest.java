package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainListener;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that train are killed at random moments, without a chance to tidy up, and gone on with;
 * the end is that of a run that nobody touched, to the bit. Three times; with {@code
 * -Dpeft.long=true} twenty-five.
 */
class KilledRunTest {
  private static final int KILLS = Boolean.getBoolean("peft.long") ? 25 : 3;

  /** Steps of a run that one process may do: each shall be killed before the end. */
  private static final int MOST_STEPS_A_LIFE = 7;

  private static final int MOST_LIVES_A_RUN = 4;

  @TempDir private Path folder;

  private final Map<Long, Long> expected = new HashMap<>();

  @Test
  void whatIsLeftGoesOnToTheSameEnd() throws Exception {
    Path whole = folder.resolve("whole");
    RunResult reference =
        new Runner(KilledRun.spec(), TinyRuns.data(), whole, KilledRun.checkpointing())
            .run(
                new TrainListener() {
                  @Override
                  public void step(long step, long all, Map<String, Double> losses) {
                    double loss = losses.get(MultiTaskModel.LOSS);
                    expected.put(step, Double.doubleToRawLongBits(loss));
                  }
                });
    assertTrue(reference.ok(), () -> "failed: " + reference.error());
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int kills = 0;
    for (int run = 0; kills < KILLS; run++) {
      Path path = folder.resolve("run-" + run);
      List<String> story = new ArrayList<>();
      for (int life = 0; life < MOST_LIVES_A_RUN && kills < KILLS; life++, kills++) {
        // The first three are one of each kind.
        story.add(
            switch (kills < 3 ? kills : random.nextInt(3)) {
              case 0 -> killedAfterSteps(path, random);
              case 1 -> killedInAFile(path, random);
              default -> killedAtATime(path, random);
            });
      }
      String told = "seed " + seed + ", killed " + String.join("; ", story);
      assertEquals(KilledRun.DONE, last(path), told);
      assertSame(whole, reference, path, told);
    }
  }

  private void assertSame(Path whole, RunResult reference, Path path, String told)
      throws IOException {
    for (String file : List.of(Runner.LAST, Runner.BEST)) {
      assertArrayEquals(
          Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(path.resolve(file)), told);
    }
    RunResult result = RunResult.read(path);
    assertEquals(reference.values(), result.values(), told);
    assertEquals(reference.bestEpoch(), result.bestEpoch(), told);
    assertEquals(reference.steps(), result.steps(), told);
  }

  private String killedAfterSteps(Path path, Random random) throws Exception {
    int steps = 1 + random.nextInt(MOST_STEPS_A_LIFE);
    try (Child child = new Child(path)) {
      String line = null;
      for (int i = 0; i < steps; i++) {
        line = child.line();
      }
      Thread.sleep(random.nextInt(30));
      return "after " + line;
    }
  }

  private String killedInAFile(Path path, Random random) throws Exception {
    int file = 1 + random.nextInt(2);
    double share = random.nextDouble();
    try (Child child = new Child(path, Integer.toString(file), Double.toString(share))) {
      String line;
      do {
        line = child.line();
      } while (line != null && !line.startsWith(KilledRun.WRITING));
      assertTrue(line != null, "the process ended without writing file " + file);
      assertInUse(path, child.process.pid());
      return "%s at %.3f".formatted(line, share);
    }
  }

  /** While it lives nobody else may run there; what it leaves when it is killed locks nothing. */
  private static void assertInUse(Path path, long pid) throws IOException {
    String before = listing(path);
    Runner other = new Runner(KilledRun.spec(), TinyRuns.data(), path, KilledRun.checkpointing());
    String message =
        assertThrows(InputException.class, () -> other.run(TrainListener.NONE)).getMessage();
    assertTrue(message.startsWith(path + " is in use by process " + pid + " since 20"), message);
    assertTrue(message.contains("stop it by kill " + pid), message);
    assertEquals(before, listing(path), "nothing was written");
  }

  private static String listing(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      StringBuilder all = new StringBuilder();
      for (Path file : files.sorted().toList()) {
        all.append(file).append(' ').append(Files.getLastModifiedTime(file)).append('\n');
      }
      return all.toString();
    }
  }

  /** At any time: while the model is built, while a checkpoint is read, or later. */
  private String killedAtATime(Path path, Random random) throws Exception {
    int millis = random.nextInt(4000);
    try (Child child = new Child(path)) {
      child.process.waitFor(millis, TimeUnit.MILLISECONDS);
      return "after " + millis + " ms";
    }
  }

  /** Runs to the end. */
  private String last(Path path) throws Exception {
    try (Child child = new Child(path)) {
      String last = "nothing";
      for (String line = child.line(); line != null; line = child.line()) {
        last = line;
      }
      return last;
    }
  }

  /** A process; closing kills it. */
  private final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;

    Child(Path path, String... more) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-Xmx1g", "-XX:TieredStopAtLevel=1"));
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.addAll(List.of("-Dpeft.cache=off", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
      command.add(KilledRun.class.getName());
      command.add(path.toString());
      command.addAll(List.of(more));
      process =
          new ProcessBuilder(command)
              .redirectError(new File(folder.toFile(), "errors.txt"))
              .start();
      lines = process.inputReader();
    }

    /** The next line, null at the end; losses have been checked. */
    String line() throws IOException {
      String line = lines.readLine();
      if (line != null && line.startsWith(KilledRun.STEP)) {
        String[] parts = line.split(" ");
        assertEquals(expected.get(Long.parseLong(parts[1])), Long.parseLong(parts[2]), line);
      }
      return line;
    }

    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
    }
  }
}
