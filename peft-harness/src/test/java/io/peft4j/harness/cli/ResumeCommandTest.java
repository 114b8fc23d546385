package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.run.Checkpointing;
import io.peft4j.harness.run.RunResult;
import io.peft4j.harness.run.RunSpec;
import io.peft4j.harness.run.RunStart;
import io.peft4j.harness.run.Runner;
import io.peft4j.harness.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --resume} and {@code --checkpoint-every} of the commands that train. */
class ResumeCommandTest {
  private static final String OPTIONS =
      " --image-size 32 --train-size 8 --validation-size 4 --batch 2 --epochs 1 --tasks sal"
          + " --decoder-channels 2,3,4,5 --checkpoint-every 1";

  @TempDir private static Path folder;

  private static RunSpec spec;

  /** Stops a run as a kill would: nothing catches it to tidy up. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @BeforeAll
  static void train() {
    Run run = train("whole", "--method decoders-only");
    assertEquals(ExitCode.DONE, run.code(), run.err());
    spec = RunResult.read(folder.resolve("whole")).spec();
    assertEquals(4, spec.steps());
  }

  private static Run train(String name, String options) {
    return Run.line("train " + options + OPTIONS + " --out " + folder.resolve(name));
  }

  /** A run of the command's that was killed in its last step. */
  private static void kill(Path path) {
    TrainListener listener =
        new TrainListener() {
          @Override
          public void step(long step, long steps, Map<String, Double> losses) {
            if (step == steps) {
              throw new Killed();
            }
          }
        };
    int size = spec.backbone().height();
    Runner runner =
        new Runner(
            spec,
            DataSources.named(spec.data(), size, size),
            path,
            new Checkpointing(1, RunStart.NEW));
    assertThrows(Killed.class, () -> runner.run(listener));
  }

  @Test
  void trainGoesOnWithTheSameSettingsOnly() throws IOException {
    Path path = folder.resolve("killed");
    kill(path);
    refused(train("killed", "--method decoders-only"), "stopped after step 3: add --resume");
    refused(
        train("killed", "--resume --method decoders-only --seed 4"), "train.seed is 1 there and 4");
    refused(train("killed", "--resume --method lora"), "method is 'decoders-only' there");
    assertFalse(Files.exists(path.resolve(RunResult.FILE)));

    Run run = train("killed", "--resume --method decoders-only");
    assertEquals(ExitCode.DONE, run.code(), run.err());
    assertTrue(run.err().contains("goes on after step 3 of 4"), run.err());
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("whole").resolve(Runner.LAST)),
        Files.readAllBytes(path.resolve(Runner.LAST)));
    assertFalse(Files.exists(path.resolve("checkpoints")));

    Run again = train("killed", "--resume --method decoders-only");
    assertEquals(ExitCode.DONE, again.code(), again.err());
    assertTrue(again.err().contains("holds this run already"), again.err());
    refused(train("killed", "--resume --method lora"), "method is 'decoders-only' there");
  }

  @Test
  void compareGoesOnInsideARun() throws IOException {
    String compare =
        "compare --methods decoders-only --lr %s".formatted(spec.train().learningRate())
            + OPTIONS
            + " --out "
            + folder.resolve("comparison");
    Path path = folder.resolve("comparison/runs/decoders-only");
    kill(path);
    refused(Run.line(compare), "stopped after step 3: add --resume");
    assertFalse(Files.exists(folder.resolve("comparison/table.md")));
    Run run = Run.line(compare + " --resume");
    assertEquals(ExitCode.DONE, run.code(), run.err());
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("whole").resolve(Runner.LAST)),
        Files.readAllBytes(path.resolve(Runner.LAST)));
    assertTrue(Files.exists(folder.resolve("comparison/table.md")));
  }

  @Test
  void whatIsThereIsReplacedOnlyIfThatIsSaid() throws IOException {
    Path path = folder.resolve("again");
    assertEquals(ExitCode.DONE, train("again", "--method decoders-only").code());
    byte[] first = Files.readAllBytes(path.resolve(Runner.LAST));
    String other = "--method decoders-only --seed 4";
    refused(train("again", other), "train.seed is 1 there and 4 here");
    refused(train("again", other), "or add --restart to train anew");
    refused(train("again", other + " --restart --lr Infinity"), "must be finite");
    refused(train("again", other + " --restart --resume"), "exclude each other; give one");
    assertArrayEquals(first, Files.readAllBytes(path.resolve(Runner.LAST)));

    Run run = train("again", other + " --restart");
    assertEquals(ExitCode.DONE, run.code(), run.err());
    assertEquals(4, RunResult.read(path).spec().train().seed());
    assertTrue(train("again", other).err().contains("holds this run already"));
    Run anew = train("again", other + " --restart");
    assertEquals(ExitCode.DONE, anew.code());
    assertFalse(anew.err().contains("holds this run already"), anew.err());
  }

  @Test
  void aFolderInUseIsLeftAlone() {
    Path path = folder.resolve("used");
    List<Run> others = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void step(long step, long steps, Map<String, Double> losses) {
            if (step == 2) {
              for (String start : List.of("", "--resume ", "--restart ")) {
                others.add(train("used", start + "--method decoders-only"));
              }
            }
          }
        };
    int size = spec.backbone().height();
    DataSource data = DataSources.named(spec.data(), size, size);
    assertTrue(new Runner(spec, data, path, new Checkpointing(1, RunStart.NEW)).run(listener).ok());
    assertEquals(3, others.size());
    others.forEach(run -> refused(run, "is in use by another run of this process"));
  }

  @Test
  void checkpointsHaveADistance() {
    String zero = " --method lora --checkpoint-every 0 --out " + folder.resolve("zero");
    refused(Run.line("train" + zero), "0 steps between checkpoints must be positive");
    assertFalse(Files.exists(folder.resolve("zero")));
  }

  private static void refused(Run run, String part) {
    assertEquals(ExitCode.WRONG_INPUT, run.code(), run.err());
    assertTrue(run.err().contains(part), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("", run.out());
  }
}
