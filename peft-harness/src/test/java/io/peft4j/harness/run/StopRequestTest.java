package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.harness.train.StopRequest;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.TrainingStoppedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is asked to stop keeps what it has done, and goes on to the same result. */
class StopRequestTest {
  @TempDir private Path folder;

  /** Asks when it is polled for the n-th time. */
  private static final class AtPoll implements StopRequest {
    private int left;

    AtPoll(int poll) {
      left = poll;
    }

    @Override
    public Optional<String> reason() {
      return --left > 0 ? Optional.empty() : Optional.of("a button");
    }
  }

  /** Steps trained and the message. */
  private record Stopped(List<Long> steps, String message) {}

  private Stopped stop(RunSpec spec, RunStart start, int poll) {
    ShortRuns.Until told = new ShortRuns.Until(ShortRuns.STEPS);
    // No checkpoint is due of itself, but for those before evaluations.
    Runner runner = new Runner(spec, TinyRuns.data(), run(), new Checkpointing(1000, start));
    String message =
        assertThrows(TrainingStoppedException.class, () -> runner.run(told, new AtPoll(poll)))
            .getMessage();
    assertFalse(Files.exists(run().resolve(RunResult.FILE)), "there is no result");
    assertFalse(Files.exists(run().resolve(FolderLock.FILE)));
    return new Stopped(List.copyOf(told.losses().keySet()), message);
  }

  private Path run() {
    return folder.resolve("run");
  }

  private String kept(int step) {
    return "stopped by a button; step %d of 16 is kept in %s: the same command with --resume"
            .formatted(step, run().resolve("checkpoints"))
        + " goes on from there";
  }

  @Test
  void stoppedBetweenStepsAndInEvaluationsItEndsAsIfItHadNeverStopped() throws IOException {
    RunSpec spec = ShortRuns.lora();
    Path whole = folder.resolve("whole");
    RunResult expected = ShortRuns.unstopped(spec, whole, TrainListener.NONE);

    Stopped amidAnEpoch = stop(spec, RunStart.NEW, 6);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L), amidAnEpoch.steps(), "the step begun is finished");
    assertEquals(kept(5), amidAnEpoch.message());
    // Steps 6 to 8, then the second batch of the evaluation.
    Stopped amidAnEvaluation = stop(spec, RunStart.RESUME, 5);
    assertEquals(List.of(6L, 7L, 8L), amidAnEvaluation.steps());
    assertEquals(kept(8), amidAnEvaluation.message());
    // The evaluation again, and no step.
    Stopped afterIt = stop(spec, RunStart.RESUME, 3);
    assertEquals(List.of(), afterIt.steps());
    assertEquals(kept(8), afterIt.message());
    Stopped amidTheLast = stop(spec, RunStart.RESUME, 2 + 8 + 2);
    assertEquals(kept(16), amidTheLast.message());

    RunResult found = ShortRuns.runner(spec, run(), true).run(TrainListener.NONE);
    ShortRuns.assertSame(whole, expected, found, run());
  }

  @Test
  void stepsOfAnUpdateThatIsNotCompleteAreMadeAgain() throws IOException {
    RunSpec spec = ShortRuns.spec("decoders-only", Map.of(), 4);
    Path whole = folder.resolve("whole");
    RunResult expected = ShortRuns.unstopped(spec, whole, TrainListener.NONE);
    Stopped stopped = stop(spec, RunStart.NEW, 7);
    assertEquals(6, stopped.steps().size());
    assertEquals(kept(4), stopped.message());
    ShortRuns.Until rest = new ShortRuns.Until(ShortRuns.STEPS);
    RunResult found = ShortRuns.runner(spec, run(), true).run(rest);
    ShortRuns.assertSame(whole, expected, found, run());
    assertEquals(5L, rest.losses().keySet().iterator().next());
  }

  @Test
  void beforeTheFirstUpdateThereIsNothingToKeep() throws IOException {
    RunSpec spec = ShortRuns.spec("decoders-only", Map.of(), 4);
    for (int poll : new int[] {1, 4}) {
      String message = stop(spec, RunStart.NEW, poll).message();
      assertTrue(message.contains("before its first update, so nothing is kept"), message);
      assertFalse(Files.exists(run().resolve("checkpoints")));
    }
  }

  @Test
  void whoBeganAnewIsToldNotToDoItAgain() {
    String message =
        stop(ShortRuns.spec("decoders-only", Map.of(), 1), RunStart.RESTART, 3).message();
    assertTrue(message.contains("with --resume in place of --restart goes on"), message);
  }
}
