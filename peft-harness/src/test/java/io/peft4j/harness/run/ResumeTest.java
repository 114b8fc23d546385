package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A run that was stopped goes on to the result that it would have had, to the bit. */
class ResumeTest {
  /** Ranks are taken away from the second update to the twelfth. */
  private static final Map<String, String> ADALORA =
      Map.of("initialRank", "3", "targetRank", "1", "interval", "2");

  /** The run of {@link ShortRuns#lora} that nobody stopped. */
  @TempDir private static Path whole;

  private static RunResult expected;

  @TempDir private Path folder;

  @BeforeAll
  static void runUnstopped() {
    expected = ShortRuns.unstopped(ShortRuns.lora(), whole, TrainListener.NONE);
  }

  /** Noise, frozen and trained parts, what is done after a step, several batches an update. */
  private static List<RunSpec> specifications() {
    return List.of(
        ShortRuns.lora(),
        ShortRuns.spec("lora", Map.of("dropout", "0.2"), 2),
        ShortRuns.spec("reft", Map.of(), 1),
        ShortRuns.spec("adalora", ADALORA, 1),
        ShortRuns.spec("mtlora", Map.of("sharedRank", "4", "unfreeze", "norms"), 1));
  }

  @ParameterizedTest
  @MethodSource("specifications")
  void killedTwiceItEndsAsIfItHadNeverStopped(RunSpec spec) throws IOException {
    ShortRuns.Until all = new ShortRuns.Until(ShortRuns.STEPS);
    Path path = folder.resolve("whole");
    RunResult result = ShortRuns.unstopped(spec, path, all);
    assertEquals(ShortRuns.STEPS, all.losses().size());

    // In the second epoch; then after the evaluation that follows it, and before the next.
    ShortRuns.Until first = new ShortRuns.Until(7);
    ShortRuns.kill(runner(spec, "killed", false), first);
    ShortRuns.Until second = new ShortRuns.Until(11);
    ShortRuns.kill(runner(spec, "killed", true), second);
    ShortRuns.Until third = new ShortRuns.Until(ShortRuns.STEPS);
    RunResult found = runner(spec, "killed", true).run(third);

    ShortRuns.assertSame(path, result, found, folder.resolve("killed"));
    for (ShortRuns.Until part : List.of(first, second, third)) {
      part.losses().forEach((step, losses) -> assertEquals(all.losses().get(step), losses));
    }
    int accumulation = spec.train().accumulation();
    assertEquals(7, second.losses().keySet().iterator().next());
    assertEquals(accumulation == 1 ? 10 : 11, third.losses().keySet().iterator().next());
    assertTrue(found.seconds() > 0);
  }

  @Test
  void killedAtTheFirstOrTheLastStepItGoesOn() throws IOException {
    for (int step : new int[] {0, ShortRuns.STEPS - 1}) {
      String name = "killed-" + step;
      ShortRuns.kill(runner(ShortRuns.lora(), name, false), new ShortRuns.Until(step));
      assertSame(runner(ShortRuns.lora(), name, true).run(TrainListener.NONE), name);
    }
  }

  @Test
  void itIsNotBegunAnewByMistakeAndNotGoneOnWithByAnotherRun() throws IOException {
    ShortRuns.kill(runner(ShortRuns.lora(), "run", false), new ShortRuns.Until(13));
    assertEquals(List.of("12", "8", "9"), checkpoints("run"), "the evaluation's is the best");
    refused("stopped after step 12: add --resume", ShortRuns.lora(), false);
    TrainConfig other = TrainConfig.of(9, 2, 2e-3, 8);
    refused("train.epochs is 4 there and 9 here", ShortRuns.lora().withTrain(other), true);
    refused("train.seed is 7 there and 8 here", ShortRuns.lora().withTrain(other), true);
    refused(
        "options.rank is '8' there and '2' here",
        ShortRuns.lora().withMethod("lora", Map.of("dropout", "0.2", "rank", "2")),
        true);
    refused("method is 'lora' there and 'full' here", ShortRuns.spec("full", Map.of(), 1), true);
    assertEquals(List.of("12", "8", "9"), checkpoints("run"), "nothing was changed");
  }

  private Runner runner(RunSpec spec, String name, boolean resume) {
    return ShortRuns.runner(spec, folder.resolve(name), resume);
  }

  private List<String> checkpoints(String name) throws IOException {
    return ShortRuns.checkpoints(folder.resolve(name));
  }

  private void assertSame(RunResult found, String name) throws IOException {
    ShortRuns.assertSame(whole, expected, found, folder.resolve(name));
  }

  private void refused(String part, RunSpec spec, boolean resume) {
    Runner runner = runner(spec, "run", resume);
    String message =
        assertThrows(InputException.class, () -> runner.run(new ShortRuns.Until(0))).getMessage();
    assertTrue(message.contains(part), message);
    assertTrue(message.contains(folder.resolve("run").toString()), message);
  }

  @Test
  void aFinishedRunOfOtherSettingsIsNotGoneOnWith() {
    RunSpec spec = ShortRuns.spec("decoders-only", Map.of(), 2);
    assertTrue(
        runner(spec, "run", true).run(TrainListener.NONE).ok(), "begins where there is none");
    refused(
        "train.accumulation is 2 there and 1 here",
        ShortRuns.spec("decoders-only", Map.of(), 1),
        true);
  }

  @Test
  void aDamagedCheckpointCostsTheStepsSinceTheOneBefore() throws IOException {
    ShortRuns.kill(runner(ShortRuns.lora(), "run", false), new ShortRuns.Until(15));
    Path newest = folder.resolve("run/checkpoints/step-%012d.safetensors".formatted(15));
    byte[] bytes = Files.readAllBytes(newest);
    Files.write(newest, Arrays.copyOf(bytes, bytes.length - 1));
    ShortRuns.Until rest = new ShortRuns.Until(ShortRuns.STEPS);
    assertSame(runner(ShortRuns.lora(), "run", true).run(rest), "run");
    assertEquals(List.of(13L, 14L, 15L, 16L), List.copyOf(rest.losses().keySet()));
  }

  @Test
  void whatAKilledWriteLeavesIsCleared() throws IOException {
    RunSpec spec = ShortRuns.spec("decoders-only", Map.of(), 1);
    ShortRuns.kill(runner(spec, "run", false), new ShortRuns.Until(9));
    Path unfinished = folder.resolve("run/checkpoints/.peft4j-0.tmp");
    Files.write(unfinished, new byte[10]);
    Files.write(folder.resolve("run/.peft4j-1.tmp"), new byte[10]);
    assertTrue(runner(spec, "run", true).run(TrainListener.NONE).ok());
    try (Stream<Path> files = Files.list(folder.resolve("run"))) {
      assertEquals(3, files.count());
    }
  }
}
