package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
