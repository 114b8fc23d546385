package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.harness.data.IteratorData;
import io.peft4j.harness.run.RunResult;
import io.peft4j.harness.run.RunSpec;
import io.peft4j.harness.run.Runner;
import io.peft4j.harness.run.SavedRun;
import io.peft4j.harness.run.TinyRuns;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that the command cannot do again: on a program's own data, by a plugin that is missing. */
class ForeignRunTest {
  @TempDir private Path temp;
  private Path folder;

  /** The id is that of the embedded data: what counts is who supplied it. */
  @BeforeEach
  void train() {
    folder = temp.resolve("run");
    RunSpec spec = TinyRuns.spec("lora", "sal", 1);
    new Runner(spec, ownData(), folder).run(TrainListener.NONE);
  }

  private static IteratorData ownData() {
    TaskSet tasks = TaskSet.parse("sal");
    return IteratorData.of(
        new IteratorData.Layout("scenes", TinyRuns.SIZE, TinyRuns.SIZE, 8, tasks),
        (size, seed, epoch) -> TinyRuns.data().train(tasks, size, seed, epoch),
        size -> TinyRuns.data().validation(tasks, size));
  }

  private Run refused(String line) {
    Run run = Run.line(line);
    assertEquals(ExitCode.WRONG_INPUT, run.code(), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    return run;
  }

  @Test
  void itsDataSetAndWhoSuppliedItAreNamed() {
    String err = refused("eval --run " + folder).err();
    assertTrue(err.contains("data set 'scenes' came from a program"), err);
    assertTrue(err.contains("iterators of " + ForeignRunTest.class.getName() + ")"), err);
    assertTrue(err.contains("SavedRun.open(folder).evaluate(data)"), err);
    try (SavedRun run = SavedRun.open(folder)) {
      assertEquals(1, run.evaluate(ownData()).scores().size());
    }
  }

  @Test
  void itsCardShowsTheWayOfAProgram() throws IOException {
    Path out = temp.resolve("card");
    assertEquals(ExitCode.DONE, Run.line("export --run %s --out %s".formatted(folder, out)).code());
    String card = Files.readString(out.resolve("README.md"));
    assertFalse(card.contains("./peft train"), card);
    assertTrue(card.contains("new Runner(spec, data, "), card);
    assertTrue(card.contains("is its program's: iterators of " + getClass().getName()), card);
  }

  @Test
  void aMissingPluginIsNamedByEveryCommand() throws IOException {
    Path file = folder.resolve(RunResult.FILE);
    String plugin = RunResult.read(folder).provenance().plugin().provider();
    String text = Files.readString(file);
    Files.writeString(
        file,
        text.replace(plugin, "com.example.ssf.SsfMethod")
            .replaceAll(
                "\"artifact\" : \"[^\"]*\"", "\"artifact\" : \"com.example:peft-ssf:1.0.0\"")
            .replace("\"method\" : \"lora\"", "\"method\" : \"ssf\""));
    for (String command : new String[] {"export --out " + temp.resolve("x"), "merge --out y"}) {
      String err = refused(command + " --run " + folder).err();
      assertTrue(err.contains("the plugin com.example.ssf.SsfMethod"), err);
      assertTrue(err.contains("PEFT_PLUGINS"), err);
      assertTrue(err.contains("add the dependency com.example:peft-ssf:1.0.0"), err);
    }
    // Records of older versions do not say; they open all the same.
    Files.writeString(file, text.replaceAll("(?s),\\s*\"plugin\" : \\{.*?\\}", ""));
    assertEquals(null, RunResult.read(folder).provenance().plugin());
    SavedRun.open(folder).close();
  }
}
