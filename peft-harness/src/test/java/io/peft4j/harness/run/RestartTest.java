package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.backbones.weights.LoadOptions;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.train.TrainListener;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a folder holds is replaced only by {@link RunStart#RESTART}, and only by a run that begins.
 */
class RestartTest {
  private static final RunSpec FIRST = ShortRuns.spec("decoders-only", Map.of(), 1);
  private static final RunSpec OTHER = ShortRuns.spec("decoders-only", Map.of(), 2);

  @TempDir private Path folder;

  private Runner runner(RunSpec spec, RunStart start) {
    return new Runner(spec, TinyRuns.data(), folder, new Checkpointing(3, start));
  }

  private void refused(String part, RunSpec spec, RunStart start) throws IOException {
    Map<String, byte[]> before = files();
    String message =
        assertThrows(InputException.class, () -> runner(spec, start).run(new ShortRuns.Until(0)))
            .getMessage();
    assertTrue(message.contains(part), message);
    assertTrue(message.contains(folder.toString()), message);
    assertUntouched(before);
  }

  private Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private void assertUntouched(Map<String, byte[]> before) throws IOException {
    Map<String, byte[]> now = files();
    assertEquals(before.keySet(), now.keySet());
    before.forEach((name, bytes) -> assertArrayEquals(bytes, now.get(name), name));
  }

  @Test
  void aResultIsNotLostByMistake() throws IOException {
    assertTrue(runner(FIRST, RunStart.NEW).run(TrainListener.NONE).ok());
    for (RunStart start : List.of(RunStart.NEW, RunStart.RESUME)) {
      refused("train.accumulation is 1 there and 2 here", OTHER, start);
      refused("or add --restart to train anew", OTHER, start);
      refused("holds the result of this very run: add --restart", FIRST, start);
    }
    Files.writeString(folder.resolve(RunResult.FILE), "{");
    refused("add --restart to train anew", FIRST, RunStart.NEW);

    RunResult second = runner(OTHER, RunStart.RESTART).run(TrainListener.NONE);
    assertTrue(second.ok());
    assertEquals(second, Runner.finished(OTHER, folder).orElseThrow());
    assertEquals(3, files().size());
  }

  @Test
  void aFailureWithoutCheckpointsIsNoLoss() throws IOException {
    assertTrue(runner(FIRST, RunStart.NEW).run(TrainListener.NONE).ok());
    RunResult result = RunResult.read(folder);
    Files.write(
        folder.resolve(RunResult.FILE),
        new String(Json.bytes(result), StandardCharsets.UTF_8)
            .replace("\"OK\"", "\"FAILED\"")
            .getBytes(StandardCharsets.UTF_8));
    assertTrue(runner(OTHER, RunStart.NEW).run(TrainListener.NONE).ok());
  }

  @Test
  void checkpointsOfTheRunBeforeAreGoneWhenTheNewOneBegins() throws IOException {
    ShortRuns.kill(runner(FIRST, RunStart.NEW), new ShortRuns.Until(13));
    refused("stopped after step 12: add --resume to go on, --restart", OTHER, RunStart.NEW);
    assertTrue(Files.exists(folder.resolve(Runner.BEST)));
    ShortRuns.kill(runner(OTHER, RunStart.RESTART), new ShortRuns.Until(6));
    assertEquals(List.of("4", "6"), ShortRuns.checkpoints(folder), "of earlier steps than theirs");
    assertFalse(Files.exists(folder.resolve(Runner.BEST)));
    assertTrue(runner(OTHER, RunStart.RESUME).run(TrainListener.NONE).ok());
  }

  @Test
  void aRunThatDoesNotComeToBeginReplacesNothing() throws IOException {
    assertTrue(runner(FIRST, RunStart.NEW).run(TrainListener.NONE).ok());
    RunSpec badWeights =
        new RunSpec(
            OTHER.method(),
            OTHER.options(),
            false,
            new BackboneSpec("swin-nano", 32, 32, false, "pretrained", "abc", LoadOptions.STRICT),
            OTHER.data(),
            OTHER.tasks(),
            OTHER.decoder(),
            OTHER.train());
    Map<String, byte[]> before = files();
    Runner refused = runner(badWeights, RunStart.RESTART);
    assertThrows(InputException.class, () -> refused.run(TrainListener.NONE));
    assertUntouched(before);

    RunResult failed =
        new Runner(OTHER, unreadable(), folder, new Checkpointing(3, RunStart.RESTART))
            .run(new ShortRuns.Until(0));
    assertFalse(failed.ok());
    assertTrue(failed.error().contains("no such disk"), failed.error());
    assertTrue(failed.error().endsWith("held before is as it was"), failed.error());
    assertUntouched(before);
  }

  /** Data of which nothing can be told. */
  private static DataSource unreadable() {
    return (DataSource)
        Proxy.newProxyInstance(
            RestartTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> {
              throw new IllegalStateException("no such disk");
            });
  }
}
