package io.peft4j.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An error's kind decides the exit code, and its line says what happened without a stack trace. */
class FailuresTest {
  static Stream<Arguments> errors() {
    return Stream.of(
        Arguments.of(new InputException("rank 0\n is wrong"), 2, "peft x: rank 0 is wrong"),
        Arguments.of(
            new UncheckedIOException(new NoSuchFileException("a/b")),
            1,
            "peft x: a/b: no such file or folder"),
        Arguments.of(
            new UncheckedIOException("cannot write a/b", new AccessDeniedException("a/b")),
            1,
            "peft x: cannot write a/b: permission denied"),
        Arguments.of(
            new UncheckedIOException(
                "cannot read a/b: java.nio.file.NoSuchFileException: a/b",
                new NoSuchFileException("a/b")),
            1,
            "peft x: cannot read a/b: no such file or folder"),
        Arguments.of(
            new UncheckedIOException(
                "cannot write run", new IOException("No space left on device")),
            1,
            "peft x: cannot write run: No space left on device"),
        Arguments.of(
            new UncheckedIOException(
                new FileSystemException("a/b", null, "No space left on device")),
            1,
            "peft x: a/b: No space left on device"),
        Arguments.of(
            new UncheckedIOException(new IOException("No space left on device")),
            1,
            "peft x: No space left on device"),
        Arguments.of(
            new IllegalStateException("odd", new NullPointerException("why")),
            1,
            "peft x: internal error: java.lang.IllegalStateException: odd"
                + " (java.lang.NullPointerException: why); --verbose shows where"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void oneLineAndTheCode(Throwable error, int code, String line) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertEquals(code, failures(err, false).report("peft x", error));
    assertEquals(line, err.toString(StandardCharsets.UTF_8).strip());
  }

  @Test
  void outOfMemorySaysWhatToSet() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Throwable error = new RuntimeException(new OutOfMemoryError("Java heap space"));
    assertEquals(ExitCode.FAILED, failures(err, false).report("peft x", error));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("PEFT_HEAP"), err.toString());
  }

  @Test
  void onlyVerboseShowsTheStackTrace() {
    ByteArrayOutputStream quiet = new ByteArrayOutputStream();
    ByteArrayOutputStream verbose = new ByteArrayOutputStream();
    failures(quiet, false).report("peft x", new InputException("wrong"));
    failures(verbose, true).report("peft x", new InputException("wrong"));
    assertFalse(quiet.toString(StandardCharsets.UTF_8).contains("\tat "));
    assertTrue(verbose.toString(StandardCharsets.UTF_8).contains("\tat "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"methods --json", "--help", "methods", "completion", "help train"})
  void aFullDiskIsAFailureAndAClosedPipeIsNone(String line) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertEquals(ExitCode.FAILED, run("No space left on device", err, line));
    assertEquals(
        "peft: results could not be written to standard output: No space left on device",
        err.toString(StandardCharsets.UTF_8).strip());
    err.reset();
    assertEquals(ExitCode.CLOSED_PIPE, run("Broken pipe", err, line));
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  private static int run(String failure, OutputStream err, String line) {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(failure);
          }
        };
    return Main.run(full, new PrintStream(err, true, StandardCharsets.UTF_8), line.split(" "));
  }

  @Test
  void helpAndVersionAreResults() {
    for (String line :
        new String[] {
          "--version",
          "--help",
          "-h",
          "count --help",
          "count -h",
          "help",
          "help count",
          "completion"
        }) {
      Run run = Run.line(line);
      assertEquals(ExitCode.DONE, run.code());
      assertEquals("", run.err());
      assertTrue(run.out().contains("peft"), run.out());
    }
  }

  private static Failures failures(OutputStream err, boolean verbose) {
    return new Failures(new PrintStream(err, true, StandardCharsets.UTF_8), verbose);
  }
}
