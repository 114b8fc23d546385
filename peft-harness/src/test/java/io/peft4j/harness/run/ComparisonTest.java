package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.train.StopRequest;
import io.peft4j.harness.train.TrainingStoppedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A comparison goes on where a method fails, and its work adds up. */
class ComparisonTest {
  @TempDir private Path folder;

  @Test
  void aMethodThatDoesNotFitIsRecordedAndTheOthersGoOn() {
    ComparisonPlan plan =
        ComparisonPlan.of(
            TinyRuns.spec("full", "sal", 1),
            List.of("lora", "decoders-only"),
            Map.of("lora", Map.of("rank", "4096")),
            method -> 1e-3);
    assertThrows(InputException.class, plan::requireFitting);
    List<Long> work = new ArrayList<>();
    List<String> finished = new ArrayList<>();
    ComparisonListener listener =
        new ComparisonListener() {
          @Override
          public void planned(long all) {
            work.add(-all);
          }

          @Override
          public void worked(long done) {
            work.add(done);
          }

          @Override
          public void finished(String run, RunResult result, boolean reused) {
            finished.add(run + " " + result.status());
          }
        };

    ComparisonResult result = new Comparison(plan, TinyRuns.data(), folder).run(listener);

    assertEquals(List.of("single task sal OK", "lora FAILED", "decoders-only OK"), finished);
    assertEquals(0, work.stream().mapToLong(Long::longValue).sum(), "all work is reported");
    ComparisonRow lora = result.rows().get(1);
    assertTrue(lora.error().contains("rank"), lora.error());
    assertNull(lora.deltaM());
    assertEquals(lora.error(), RunResult.read(folder.resolve("runs/lora")).error());
    ComparisonRow decoders = result.rows().get(2);
    assertNotNull(decoders.deltaM());
    assertEquals(0, decoders.backboneTrainable());
    assertEquals(result, Json.read(folder.resolve(ComparisonResult.FILE), ComparisonResult.class));
  }

  /** Stops a comparison as a kill would: nothing catches it to tidy up. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Counts work, and stops after so many steps. */
  private static final class Bar implements ComparisonListener {
    private final List<String> runs = new ArrayList<>();
    private final int most;
    private long left;
    private int steps;

    Bar(int most) {
      this.most = most;
    }

    @Override
    public void planned(long work) {
      left = work;
    }

    @Override
    public void worked(long work) {
      left -= work;
      if (work > 0 && ++steps > most) {
        throw new Killed();
      }
    }

    @Override
    public void finished(String run, RunResult result, boolean reused) {
      runs.add(run + (reused ? " reused" : ""));
    }
  }

  @Test
  void aKilledComparisonGoesOnInsideTheRunWhereItStopped() {
    ComparisonPlan plan =
        ComparisonPlan.of(
            TinyRuns.spec("full", "sal", 2), List.of("decoders-only"), Map.of(), method -> 1e-3);
    DataSource data = TinyRuns.data();
    Path whole = folder.resolve("whole");
    ComparisonResult expected = new Comparison(plan, data, whole).run(new Bar(99));

    Path killed = folder.resolve("killed");
    Comparison first = new Comparison(plan, data, killed, new Checkpointing(2, RunStart.NEW));
    // Four steps are one run; the second is killed in its last.
    assertThrows(Killed.class, () -> first.run(new Bar(7)));
    String message = assertThrows(InputException.class, () -> first.run(new Bar(0))).getMessage();
    assertTrue(message.contains("runs/decoders-only holds a run that was stopped"), message);
    Comparison other =
        new Comparison(
            ComparisonPlan.of(
                TinyRuns.spec("full", "sal", 2), List.of("decoders-only"), Map.of(), m -> 2e-3),
            data,
            killed,
            new Checkpointing(2, RunStart.RESUME));
    message = assertThrows(InputException.class, () -> other.run(new Bar(0))).getMessage();
    assertTrue(message.contains("train.learningRate is 0.001 there and 0.002 here"), message);

    Bar bar = new Bar(99);
    ComparisonResult found =
        new Comparison(plan, data, killed, new Checkpointing(2, RunStart.RESUME)).run(bar);
    assertEquals(List.of("single task sal reused", "decoders-only"), bar.runs);
    assertEquals(0, bar.left, "what was done before is reported too");
    // Two steps were kept, and are told as one piece of work.
    assertEquals(1 + 2, bar.steps);
    for (int i = 0; i < 2; i++) {
      assertEquals(expected.rows().get(i).scores(), found.rows().get(i).scores());
      assertEquals(expected.rows().get(i).deltaM(), found.rows().get(i).deltaM());
    }
  }

  @Test
  void whatIsTrainedAnewIsTrainedAnewAfterAStopToo() {
    ComparisonPlan plan =
        ComparisonPlan.of(
            TinyRuns.spec("full", "sal", 2), List.of("decoders-only"), Map.of(), method -> 1e-3);
    ComparisonPlan other =
        ComparisonPlan.of(
            TinyRuns.spec("full", "sal", 2), List.of("decoders-only"), Map.of(), method -> 2e-3);
    DataSource data = TinyRuns.data();
    new Comparison(plan, data, folder).run(new Bar(99));
    for (RunStart start : List.of(RunStart.NEW, RunStart.RESUME)) {
      Comparison lossy = new Comparison(other, data, folder, new Checkpointing(2, start));
      String message = assertThrows(InputException.class, () -> lossy.run(new Bar(0))).getMessage();
      assertTrue(message.contains("learningRate is 0.001 there and 0.002 here"), message);
    }

    // Four steps and the evaluation of one run, one step of the other.
    int[] polls = {0};
    StopRequest stop = () -> ++polls[0] > 6 ? Optional.of("a test") : Optional.empty();
    Comparison anew = new Comparison(other, data, folder, new Checkpointing(2, RunStart.RESTART));
    String message =
        assertThrows(TrainingStoppedException.class, () -> anew.run(new Bar(99), stop))
            .getMessage();
    assertTrue(message.contains("step 1 of 4 is kept in"), message);
    assertTrue(message.contains("runs/decoders-only/checkpoints"), message);
    assertTrue(message.contains("with --resume in place of --restart"), message);
    assertFalse(Files.exists(folder.resolve(ComparisonResult.FILE)), "was of the run before");

    Bar bar = new Bar(99);
    Comparison resumed = new Comparison(other, data, folder, new Checkpointing(2, RunStart.RESUME));
    assertTrue(resumed.run(bar).rows().stream().allMatch(ComparisonRow::ok));
    assertEquals(List.of("single task sal reused", "decoders-only"), bar.runs);
    Bar again = new Bar(99);
    new Comparison(other, data, folder, new Checkpointing(2, RunStart.RESTART)).run(again);
    assertEquals(List.of("single task sal", "decoders-only"), again.runs);
  }

  @Test
  void eachMethodHasItsLearningRateAndAllElseIsShared() {
    RunSpec setup = TinyRuns.spec("full", "sal,normals", 3);
    ComparisonPlan plan =
        ComparisonPlan.of(
            setup, List.of("full", "lora"), Map.of(), m -> m.equals("full") ? 1e-4 : 1e-2);
    assertEquals(4, plan.all().size());
    for (ComparisonPlan.Planned planned : plan.all()) {
      boolean full = planned.spec().method().equals("full");
      assertEquals(full ? 1e-4 : 1e-2, planned.spec().train().learningRate());
      assertEquals(setup.data(), planned.spec().data());
      assertEquals(setup.train().warmupEpochs(), planned.spec().train().warmupEpochs());
    }
    ComparisonPlan copies =
        ComparisonPlan.of(setup, List.of("full", "lora"), Set.of("lora"), Map.of(), method -> 1e-3);
    ComparisonPlan.Planned lora = copies.methods().get(1);
    assertEquals("runs/lora-per-task", lora.folder());
    assertTrue(lora.spec().perTask());
    assertEquals(plan.methods().get(1).spec().options(), lora.spec().options());
    assertEquals("sal:1", plan.singleTask().get(0).spec().tasks());
    assertEquals("sal:1,normals:3", plan.methods().get(0).spec().tasks());
  }
}
