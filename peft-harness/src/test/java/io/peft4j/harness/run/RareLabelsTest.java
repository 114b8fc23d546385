package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** A task without labels, for long or for ever, ends no training; what is odd is warned of. */
class RareLabelsTest {
  private static final String HEAD = "decoders.human_parts.last_layer.3.weight";
  private static final int NEVER = Integer.MAX_VALUE;

  @TempDir private Path folder;

  /** Scenes in which people are not seen before a batch of the training, and everywhere after. */
  private record LatePeople(DataSource scenes, int first) implements DataSource {
    private static final int BATCHES = 4;

    @Override
    public String id() {
      return scenes.id();
    }

    @Override
    public int height() {
      return scenes.height();
    }

    @Override
    public int width() {
      return scenes.width();
    }

    @Override
    public int trainSize() {
      return scenes.trainSize();
    }

    @Override
    public List<String> tasks() {
      return scenes.tasks();
    }

    @Override
    public String defaultTasks() {
      return scenes.defaultTasks();
    }

    @Override
    public MultiDataSetIterator train(TaskSet tasks, int batch, long seed, int epoch) {
      return train(tasks, batch, seed, epoch, 0);
    }

    @Override
    public MultiDataSetIterator train(TaskSet tasks, int batch, long seed, int epoch, int done) {
      MultiDataSetIterator pass = scenes.train(tasks, batch, seed, epoch, done);
      int people = tasks.names().indexOf("human_parts");
      int[] next = {(epoch - 1) * BATCHES + done};
      pass.setPreProcessor(
          set -> set.getLabels(people).assign(next[0]++ < first ? Metric.IGNORE : 1));
      return pass;
    }

    @Override
    public MultiDataSetIterator validation(TaskSet tasks, int batch) {
      return scenes.validation(tasks, batch);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora", "mtlora", "full", "bitfit"})
  void aTaskMayWaitForItsFirstLabel(String method) throws IOException {
    RunSpec spec = people(ShortRuns.spec(method, Map.of(), 1));
    RunResult late = run(spec, new LatePeople(TinyRuns.data(), 9), "late", TrainListener.NONE);
    assertTrue(late.ok(), () -> "failed: " + late.error());
    assertEquals(List.of(), late.warnings());
    RunResult never = run(spec, new LatePeople(TinyRuns.data(), NEVER), "no", TrainListener.NONE);
    assertTrue(never.ok(), () -> "failed: " + never.error());
    assertEquals(List.of(), never.warnings(), "nothing has had a gradient and stayed");
    assertFalse(last("late").equals(last("no")), "what has labels at last is trained");
    assertFalse(
        Files.readString(folder.resolve("late").resolve(RunResult.FILE)).contains("warnings"),
        "records without warnings are those of older versions");
  }

  @Test
  void itGoesOnWhereItWasStoppedBeforeItsFirstLabel() throws IOException {
    RunSpec spec = people(ShortRuns.lora());
    DataSource data = new LatePeople(TinyRuns.data(), 9);
    RunResult whole = run(spec, data, "whole", TrainListener.NONE);
    killed(spec, data, 7);
    RunResult found = resumed(spec, data, TrainListener.NONE);
    ShortRuns.assertSame(folder.resolve("whole"), whole, found, folder.resolve("killed"));
  }

  /** Weights of 1 stay where they are; those of 0 move. */
  @Test
  void aLearningRateBelowRoundingIsWarnedOfOnceAndRecorded() throws IOException {
    TrainConfig c = ShortRuns.lora().train();
    double rate = 1e-30;
    RunSpec spec =
        ShortRuns.lora()
            .withTrain(
                new TrainConfig(
                    c.epochs(),
                    c.batch(),
                    c.accumulation(),
                    rate,
                    c.warmupEpochs(),
                    rate,
                    rate,
                    c.weightDecay(),
                    c.decayPolicy(),
                    c.clipNorm(),
                    c.evalEvery(),
                    c.activations(),
                    c.seed()));
    List<String> heard = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void warned(String warning) {
            heard.add(warning);
          }
        };
    RunResult whole = run(spec, TinyRuns.data(), "whole", listener);
    assertTrue(whole.ok(), () -> "failed: " + whole.error());
    assertEquals(heard, whole.warnings());
    assertEquals(1, heard.size());
    assertTrue(heard.get(0).startsWith("after 5 updates "), heard.get(0));
    assertEquals(heard, RunResult.read(folder.resolve("whole")).warnings());

    killed(spec, TinyRuns.data(), 7);
    RunResult found = resumed(spec, TinyRuns.data(), listener);
    assertEquals(whole.warnings(), found.warnings());
    assertEquals(1, heard.size(), "told before it was stopped, and not again");
    ShortRuns.assertSame(folder.resolve("whole"), whole, found, folder.resolve("killed"));
  }

  private static RunSpec people(RunSpec spec) {
    return spec.withTasks(TaskSet.parse("sal,human_parts"));
  }

  private INDArray last(String name) {
    return Safetensors.read(folder.resolve(name).resolve(Runner.LAST)).get(HEAD);
  }

  private RunResult run(RunSpec spec, DataSource data, String name, TrainListener listener) {
    return new Runner(spec, data, folder.resolve(name), new Checkpointing(5, RunStart.NEW))
        .run(listener);
  }

  private void killed(RunSpec spec, DataSource data, long step) {
    ShortRuns.kill(
        new Runner(spec, data, folder.resolve("killed"), new Checkpointing(3, RunStart.NEW)),
        new ShortRuns.Until(step));
  }

  private RunResult resumed(RunSpec spec, DataSource data, TrainListener listener) {
    return new Runner(spec, data, folder.resolve("killed"), new Checkpointing(3, RunStart.RESUME))
        .run(listener);
  }
}
