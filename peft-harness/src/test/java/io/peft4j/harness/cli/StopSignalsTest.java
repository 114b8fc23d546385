package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.harness.run.Runner;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Signals stop a command in a real process: the first after the step in progress. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class StopSignalsTest {
  private static final int SIGTERM = 15;

  /** Seconds of steps, so that the signal comes amid them. */
  private static final String TRAIN =
      "train --method decoders-only --image-size 32 --train-size 8 --validation-size 4 --batch 2"
          + " --epochs 30 --tasks sal --decoder-channels 2,3,4,5 --checkpoint-every 10 --out ";

  @TempDir private Path folder;

  private Process start(Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-XX:TieredStopAtLevel=1", "-Dpeft.cache=off"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(folder.resolve("errors.txt").toFile()).start();
  }

  /** Sends SIGTERM; {@link Process#destroy} would close what is read from it too. */
  private static void terminate(Process process) {
    assertTrue(process.toHandle().destroy());
  }

  private static int exitCode(Process process) throws InterruptedException {
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the process hangs");
    return process.exitValue();
  }

  @Test
  void aStoppedTrainingGoesOnToTheSameEnd() throws Exception {
    Path run = folder.resolve("run");
    Process process = start(Main.class, (TRAIN + run).split(" "));
    try {
      while (process.isAlive() && !Files.exists(run.resolve("checkpoints"))) {
        process.waitFor(5, TimeUnit.MILLISECONDS);
      }
      terminate(process);
      assertEquals(ExitCode.SIGNAL + SIGTERM, exitCode(process));
      assertEquals(-1, process.getInputStream().read(), "there is no result");
    } finally {
      process.destroyForcibly();
    }
    String errors = Files.readString(folder.resolve("errors.txt"));
    String where = run.resolve("checkpoints").toString();
    assertTrue(errors.contains("peft train: SIGTERM: ends after the step in progress"), errors);
    String kept = errors.replaceAll("(?s).*stopped by SIGTERM; step (\\d+) of 120.*", "$1");
    assertTrue(
        errors.contains(
            "; step %s of 120 is kept in %s: the same command with --resume goes on from there"
                .formatted(kept, where)),
        errors);
    Path newest = Path.of(where, "step-%012d.safetensors".formatted(Integer.parseInt(kept)));
    assertTrue(Files.exists(newest), errors);
    assertFalse(Files.exists(run.resolve("result.json")));

    Run rest = Run.line(TRAIN + run + " --resume");
    assertEquals(ExitCode.DONE, rest.code(), rest.err());
    assertTrue(rest.err().contains("goes on after step " + kept + " of 120"), rest.err());
    Path whole = folder.resolve("whole");
    assertEquals(ExitCode.DONE, Run.line(TRAIN + whole).code());
    for (String file : List.of(Runner.LAST, Runner.BEST)) {
      assertArrayEquals(
          Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(run.resolve(file)), file);
    }
  }

  @Test
  void aSecondSignalEndsAtOnce() throws Exception {
    Process process = start(StubbornWork.class);
    try (BufferedReader lines = process.inputReader()) {
      assertEquals(StubbornWork.READY, lines.readLine());
      terminate(process);
      assertEquals(
          "SIGTERM: ends after the step in progress; once more ends at once", lines.readLine());
      assertFalse(process.waitFor(200, TimeUnit.MILLISECONDS), "the first is a request");
      terminate(process);
      assertEquals(ExitCode.SIGNAL + SIGTERM, exitCode(process));
    } finally {
      process.destroyForcibly();
    }
  }

  /** What the virtual machine keeps for itself, or the system has not, is left alone. */
  @Test
  void otherSignalsAreLeftToOthers() {
    assertTrue(Signals.handle("KILL", (name, number) -> {}).isEmpty());
    assertTrue(Signals.handle("NOSUCH", (name, number) -> {}).isEmpty());
    Runnable restore = Signals.handle("TERM", (name, number) -> {}).orElseThrow();
    restore.run();
  }
}
