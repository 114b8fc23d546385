package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Runs of sixteen steps that are stopped, and what their end is compared with. */
final class ShortRuns {
  static final String TASKS = "sal,normals";

  /** Two epochs of four steps make an evaluation, two evaluations a run. */
  static final int EPOCHS = 4;

  static final int STEPS = 16;

  private ShortRuns() {}

  static RunResult unstopped(RunSpec spec, Path path, TrainListener listener) {
    return new Runner(spec, TinyRuns.data(), path, new Checkpointing(5, RunStart.NEW))
        .run(listener);
  }

  /** Stops a run as a kill would: nothing catches it to tidy up. */
  static final class Killed extends Error {
    static final long serialVersionUID = 1L;
  }

  /** Records the losses of each step, and stops before a step is counted. */
  record Until(long last, Map<Long, Map<String, Double>> losses) implements TrainListener {
    Until(long last) {
      this(last, new TreeMap<>());
    }

    @Override
    public void step(long step, long steps, Map<String, Double> all) {
      if (step > last) {
        throw new Killed();
      }
      losses.put(step, all);
    }
  }

  static RunSpec spec(String method, Map<String, String> options, int accumulation) {
    TrainConfig c = TrainConfig.of(EPOCHS, 2, 1e-3, 7);
    TrainConfig train =
        new TrainConfig(
            EPOCHS,
            2,
            accumulation,
            1e-3,
            1,
            1e-6,
            1e-5,
            0.05,
            c.decayPolicy(),
            5,
            2,
            c.activations(),
            7);
    return TinyRuns.spec(method, TASKS, 1).withTrain(train).withMethod(method, options);
  }

  static RunSpec lora() {
    return spec("lora", Map.of("dropout", "0.2"), 1);
  }

  static Runner runner(RunSpec spec, Path path, boolean resume) {
    return new Runner(
        spec, TinyRuns.data(), path, new Checkpointing(3, resume ? RunStart.RESUME : RunStart.NEW));
  }

  static void kill(Runner runner, Until listener) {
    assertThrows(Killed.class, () -> runner.run(listener));
  }

  /** Steps of the checkpoints of the run in a folder, and names of other files. */
  static List<String> checkpoints(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path.resolve("checkpoints"))) {
      return files
          .map(f -> f.getFileName().toString().replaceAll("step-0*(\\d+).safetensors", "$1"))
          .sorted()
          .toList();
    }
  }

  /** Checks that a run ended as the one in {@code whole} did. */
  static void assertSame(Path whole, RunResult expected, RunResult found, Path path)
      throws IOException {
    assertTrue(found.ok(), () -> "failed: " + found.error());
    for (String file : List.of(Runner.LAST, Runner.BEST)) {
      assertArrayEquals(
          Files.readAllBytes(whole.resolve(file)),
          Files.readAllBytes(path.resolve(file)),
          path + "/" + file);
    }
    assertEquals(expected.scores(), found.scores());
    assertEquals(expected.values(), found.values());
    assertEquals(expected.bestEpoch(), found.bestEpoch());
    assertEquals(expected.steps(), found.steps());
    assertEquals(expected.parameters(), found.parameters());
    assertEquals(expected.macs(), found.macs());
    assertFalse(Files.exists(path.resolve("checkpoints")), "no longer needed");
  }
}
