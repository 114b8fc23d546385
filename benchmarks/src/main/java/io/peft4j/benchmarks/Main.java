package io.peft4j.benchmarks;

import io.peft4j.api.InputException;
import io.peft4j.graph.natives.NativeSetup;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/**
 * Entry of one benchmark process. Exit codes: 0 done, 1 failed, 2 wrong input, such as a work whose
 * method is not on the class path.
 */
public final class Main {
  private static final int FAILED = 1;
  private static final int WRONG_INPUT = 2;

  private Main() {}

  /** Runs a command line and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(System.out, System.err, args));
  }

  /** Runs a command line; while it does, what ND4J prints goes to {@code err}. */
  static int run(PrintStream out, PrintStream err, String... args) {
    NativeSetup.prepare();
    PrintStream before = System.out;
    System.setOut(err);
    try {
      return BenchmarkCommand.commandLine()
          .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
          .setErr(new PrintWriter(err, true))
          .setExecutionExceptionHandler((e, command, parsed) -> report(command, e))
          .execute(args);
    } finally {
      System.setOut(before);
    }
  }

  private static int report(CommandLine command, Exception e) {
    if (e instanceof InputException) {
      command.getErr().println("benchmarks: " + e.getMessage());
      return WRONG_INPUT;
    }
    e.printStackTrace(command.getErr());
    return FAILED;
  }
}
