package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.harness.checkpoint.AtomicWriter;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.IteratorData;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** A run that was stopped goes on to the result that it would have had, to the bit. */
class ResumeTest {
  private static final String TASKS = "sal,normals";

  /** Two epochs of four steps make an evaluation, two evaluations a run. */
  private static final int EPOCHS = 4;

  private static final int STEPS = 16;

  /** The run of {@link #lora()} that nobody stopped. */
  @TempDir private static Path whole;

  private static RunResult expected;

  @TempDir private Path folder;

  @BeforeAll
  static void runUnstopped() {
    expected = unstopped(lora(), whole, TrainListener.NONE);
  }

  private static RunResult unstopped(RunSpec spec, Path path, TrainListener listener) {
    return new Runner(spec, TinyRuns.data(), path, new Checkpointing(5, false)).run(listener);
  }

  /** Stops a run as a kill would: nothing catches it to tidy up. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Records the losses of each step, and stops before a step is counted. */
  private record Until(long last, Map<Long, Map<String, Double>> losses) implements TrainListener {
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

  private static RunSpec lora() {
    return spec("lora", Map.of("dropout", "0.2"), 1);
  }

  /** Noise, frozen and trained parts, what is done after a step, several batches an update. */
  private static List<RunSpec> specifications() {
    return List.of(
        lora(),
        spec("lora", Map.of("dropout", "0.2"), 2),
        spec("reft", Map.of(), 1),
        spec("mtlora", Map.of("sharedRank", "4", "unfreeze", "norms"), 1));
  }

  private Runner runner(RunSpec spec, String name, boolean resume) {
    Checkpointing checkpointing = new Checkpointing(3, resume);
    return new Runner(spec, TinyRuns.data(), folder.resolve(name), checkpointing);
  }

  private static void kill(Runner runner, Until listener) {
    assertThrows(Killed.class, () -> runner.run(listener));
  }

  private List<String> checkpoints(String name) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(name).resolve("checkpoints"))) {
      return files
          .map(f -> f.getFileName().toString().replaceAll("step-0*(\\d+).safetensors", "$1"))
          .sorted()
          .toList();
    }
  }

  private void assertSame(RunResult found, String name) throws IOException {
    assertSame(whole, expected, found, name);
  }

  private void assertSame(Path whole, RunResult expected, RunResult found, String name)
      throws IOException {
    assertTrue(found.ok(), () -> "failed: " + found.error());
    for (String file : List.of(Runner.LAST, Runner.BEST)) {
      assertArrayEquals(
          Files.readAllBytes(whole.resolve(file)),
          Files.readAllBytes(folder.resolve(name).resolve(file)),
          name + "/" + file);
    }
    assertEquals(expected.scores(), found.scores());
    assertEquals(expected.values(), found.values());
    assertEquals(expected.bestEpoch(), found.bestEpoch());
    assertEquals(expected.steps(), found.steps());
    assertEquals(expected.parameters(), found.parameters());
    assertEquals(expected.macs(), found.macs());
    assertFalse(Files.exists(folder.resolve(name).resolve("checkpoints")), "no longer needed");
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void killedTwiceItEndsAsIfItHadNeverStopped(RunSpec spec) throws IOException {
    Until all = new Until(STEPS);
    Path path = folder.resolve("whole");
    RunResult result = unstopped(spec, path, all);
    assertEquals(STEPS, all.losses.size());

    // In the second epoch; then after the evaluation that follows it, and before the next.
    Until first = new Until(7);
    kill(runner(spec, "killed", false), first);
    Until second = new Until(11);
    kill(runner(spec, "killed", true), second);
    Until third = new Until(STEPS);
    RunResult found = runner(spec, "killed", true).run(third);

    assertSame(path, result, found, "killed");
    for (Until part : List.of(first, second, third)) {
      part.losses.forEach((step, losses) -> assertEquals(all.losses.get(step), losses));
    }
    int accumulation = spec.train().accumulation();
    assertEquals(7, second.losses.keySet().iterator().next());
    assertEquals(accumulation == 1 ? 10 : 11, third.losses.keySet().iterator().next());
    assertTrue(found.seconds() > 0);
  }

  @Test
  void killedAtTheFirstOrTheLastStepItGoesOn() throws IOException {
    for (int step : new int[] {0, STEPS - 1}) {
      String name = "killed-" + step;
      kill(runner(lora(), name, false), new Until(step));
      assertSame(runner(lora(), name, true).run(TrainListener.NONE), name);
    }
  }

  @Test
  void itIsNotBegunAnewByMistakeAndNotGoneOnWithByAnotherRun() throws IOException {
    kill(runner(lora(), "run", false), new Until(13));
    assertEquals(List.of("12", "8", "9"), checkpoints("run"), "the evaluation's is the best");
    refused("stopped after step 12: add --resume", lora(), false);
    TrainConfig other = TrainConfig.of(9, 2, 2e-3, 8);
    refused("train.epochs is 4 there and 9 here", lora().withTrain(other), true);
    refused("train.seed is 7 there and 8 here", lora().withTrain(other), true);
    refused(
        "options.rank is '8' there and '2' here",
        lora().withMethod("lora", Map.of("dropout", "0.2", "rank", "2")),
        true);
    refused("method is 'lora' there and 'full' here", spec("full", Map.of(), 1), true);
    assertEquals(List.of("12", "8", "9"), checkpoints("run"), "nothing was changed");
  }

  private void refused(String part, RunSpec spec, boolean resume) {
    Runner runner = runner(spec, "run", resume);
    String message =
        assertThrows(InputException.class, () -> runner.run(new Until(0))).getMessage();
    assertTrue(message.contains(part), message);
    assertTrue(message.contains(folder.resolve("run").toString()), message);
  }

  @Test
  void aFinishedRunOfOtherSettingsIsNotGoneOnWith() {
    RunSpec spec = spec("decoders-only", Map.of(), 2);
    assertTrue(
        runner(spec, "run", true).run(TrainListener.NONE).ok(), "begins where there is none");
    refused("train.accumulation is 2 there and 1 here", spec("decoders-only", Map.of(), 1), true);
  }

  @Test
  void aDamagedCheckpointCostsTheStepsSinceTheOneBefore() throws IOException {
    kill(runner(lora(), "run", false), new Until(15));
    Path newest = folder.resolve("run/checkpoints/step-%012d.safetensors".formatted(15));
    byte[] bytes = Files.readAllBytes(newest);
    Files.write(newest, Arrays.copyOf(bytes, bytes.length - 1));
    Until rest = new Until(STEPS);
    assertSame(runner(lora(), "run", true).run(rest), "run");
    assertEquals(List.of(13L, 14L, 15L, 16L), List.copyOf(rest.losses.keySet()));
  }

  @Test
  void aLossThatIsNoNumberLeavesTheLastGoodStep() throws IOException {
    stopsAt(
        6,
        batch -> batch.getFeatures(0).putScalar(0, Double.NaN),
        "step 6: loss.sal is NaN",
        "step 5 of 16 is kept, from which --resume goes on");
  }

  @Test
  void anImageThatCannotBeReadIsNamed() throws IOException {
    stopsAt(
        8,
        batch -> {
          throw new UncheckedIOException(new IOException("images/0042.jpg: not a JPEG file"));
        },
        "step 8: cannot read a batch of data set scenes: images/0042.jpg: not a JPEG file;",
        "step 7 of 16 is kept");
  }

  @Test
  void anImageThatIsNoneIsNamed() throws IOException {
    stopsAt(
        3,
        batch -> {
          throw new InputException("images/0042.jpg: is no picture");
        },
        "images/0042.jpg: is no picture; step 2 of 16 is kept");
  }

  private void stopsAt(int step, Consumer<MultiDataSet> harm, String... parts) throws IOException {
    RunSpec spec = lora();
    Path run = folder.resolve("run");
    RunResult stopped =
        new Runner(spec, harmed(step, harm), run, new Checkpointing(100, false))
            .run(TrainListener.NONE);
    assertEquals(RunResult.Status.FAILED, stopped.status());
    assertEquals(stopped, RunResult.read(run));
    assertEquals(step - 1, stopped.steps());
    for (String part : parts) {
      assertTrue(stopped.error().contains(part), stopped.error());
    }
    Until rest = new Until(STEPS);
    // Healed, and still an iterator of the user's: what was trained on is passed over.
    Runner again = new Runner(spec, harmed(0, harm), run, new Checkpointing(100, true));
    assertSame(again.run(rest), "run");
    assertEquals((long) step, rest.losses.keySet().iterator().next());
  }

  @Test
  void aStepThatFailsAmidAnUpdateLeavesNoTrace() throws IOException {
    RunSpec spec = spec("decoders-only", Map.of(), 4);
    Path path = folder.resolve("whole");
    RunResult result = unstopped(spec, path, TrainListener.NONE);
    DataSource data = harmed(7, batch -> batch.getFeatures(0).putScalar(0, Double.NaN));
    RunResult stopped = new Runner(spec, data, folder.resolve("run")).run(TrainListener.NONE);
    assertTrue(stopped.error().contains("step 4 of 16 is kept"), stopped.error());
    assertSame(path, result, runner(spec, "run", true).run(TrainListener.NONE), "run");
  }

  /** The data of {@link TinyRuns} by a user's iterators, one of whose batches is harmed. */
  private static DataSource harmed(int step, Consumer<MultiDataSet> harm) {
    TaskSet tasks = TaskSet.parse(TASKS);
    DataSource data = TinyRuns.data();
    IteratorData.Layout layout =
        new IteratorData.Layout(data.id(), data.height(), data.width(), data.trainSize(), tasks);
    int perEpoch = STEPS / EPOCHS;
    return IteratorData.of(
        layout,
        (batch, seed, epoch) -> {
          MultiDataSetIterator pass = data.train(tasks, batch, seed, epoch);
          int[] next = {(epoch - 1) * perEpoch};
          pass.setPreProcessor(
              made -> {
                if (++next[0] == step) {
                  harm.accept(made);
                }
              });
          return pass;
        },
        batch -> data.validation(tasks, batch));
  }

  /** A disk that is full after so many files. */
  private static Function<Path, AtomicWriter> full(int files) {
    int[] left = {files};
    return path -> {
      OutputFolder folder = OutputFolder.prepare(path);
      return (name, content) -> {
        if (left[0]-- <= 0) {
          throw new UncheckedIOException(
              new IOException("cannot write " + path.resolve(name) + ": No space left on device"));
        }
        folder.write(name, content);
      };
    };
  }

  @Test
  void aFullDiskStopsTheRunAndCostsTheStepsSinceTheLastCheckpoint() throws IOException {
    RunSpec spec = lora();
    Path run = folder.resolve("run");
    Runner runner = new Runner(spec, TinyRuns.data(), run, new Checkpointing(3, false), full(2));
    String message =
        assertThrows(UncheckedIOException.class, () -> runner.run(TrainListener.NONE)).getMessage();
    assertTrue(message.contains("step-000000000008.safetensors"), message);
    assertTrue(message.contains("No space left on device; step 6 of 16 is kept"), message);
    assertEquals(message, RunResult.read(run).error());
    assertEquals(List.of("3", "6"), checkpoints("run"));
    assertSame(runner(spec, "run", true).run(TrainListener.NONE), "run");
  }

  @Test
  void theBestStateThatCannotBeWrittenStopsTheRunToo() throws IOException {
    RunSpec spec = lora();
    Path run = folder.resolve("run");
    Runner runner = new Runner(spec, TinyRuns.data(), run, new Checkpointing(3, false), full(3));
    String message =
        assertThrows(UncheckedIOException.class, () -> runner.run(TrainListener.NONE)).getMessage();
    assertTrue(message.contains(Runner.BEST), message);
    assertTrue(message.contains("step 8 of 16 is kept"), message);
    assertSame(runner(spec, "run", true).run(TrainListener.NONE), "run");
  }

  @Test
  void whatAKilledWriteLeavesIsCleared() throws IOException {
    RunSpec spec = spec("decoders-only", Map.of(), 1);
    kill(runner(spec, "run", false), new Until(9));
    Path unfinished = folder.resolve("run/checkpoints/.peft4j-0.tmp");
    Files.write(unfinished, new byte[10]);
    Files.write(folder.resolve("run/.peft4j-1.tmp"), new byte[10]);
    assertTrue(runner(spec, "run", true).run(TrainListener.NONE).ok());
    try (Stream<Path> files = Files.list(folder.resolve("run"))) {
      assertEquals(3, files.count());
    }
  }
}
