package io.peft4j.harness.cli;

import io.peft4j.graph.natives.NativeSetup;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import picocli.CommandLine;

/**
 * Entry of the {@code peft} command.
 *
 * <p>Results go to standard output, everything else to standard error. Exit codes: {@link
 * ExitCode}.
 */
public final class Main {
  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

  private Main() {}

  /** Runs a command line and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(System.out, System.err, args));
  }

  /**
   * Runs a command line in this process.
   *
   * <p>While it runs {@code System.out} is {@code err}: ND4J prints there at times, which must not
   * end up among results.
   *
   * @param out results, in UTF-8 whatever the locale, as JSON wants it
   * @param err progress, notes and errors
   * @return exit code
   */
  public static int run(PrintStream out, PrintStream err, String... args) {
    boolean verbose = Arrays.asList(args).contains(OutputOptions.VERBOSE);
    if (verbose && System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, "info");
    }
    // After the level of the log, which the first logger fixes; before anything touches ND4J.
    NativeSetup.prepare();
    PrintStream before = System.out;
    System.setOut(err);
    try {
      return execute(new PrintWriter(out, false, StandardCharsets.UTF_8), err, verbose, args);
    } finally {
      System.setOut(before);
    }
  }

  private static int execute(PrintWriter out, PrintStream err, boolean verbose, String... args) {
    Failures failures = new Failures(err, verbose);
    int code;
    try {
      code = commandLine(out, err, failures).execute(args);
    } catch (OutOfMemoryError | StackOverflowError | LinkageError e) {
      // picocli hands only exceptions to its handlers
      code = failures.report("peft", e);
    }
    if (out.checkError()) {
      return failures.report("peft", new ClosedOutputException());
    }
    return code;
  }

  private static CommandLine commandLine(PrintWriter out, PrintStream err, Failures failures) {
    return new CommandLine(new PeftCommand())
        .setOut(out)
        .setErr(new PrintWriter(err, true))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler((e, given) -> failures.report(e))
        .setExecutionExceptionHandler(
            (e, command, parsed) ->
                failures.report(command.getCommandSpec().qualifiedName(" "), e));
  }
}
