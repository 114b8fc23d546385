package io.peft4j.harness.cli;

import io.peft4j.graph.natives.NativeSetup;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

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
    // Not System.out, which swallows the reason of a failure.
    System.exit(run(new FileOutputStream(FileDescriptor.out), System.err, args));
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
  public static int run(OutputStream out, PrintStream err, String... args) {
    boolean verbose = Arrays.asList(args).contains(OutputOptions.VERBOSE);
    if (verbose && System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, "info");
    }
    PrintStream before = System.out;
    System.setOut(err);
    try {
      return execute(new ResultOutput(out), err, verbose, args);
    } finally {
      System.setOut(before);
    }
  }

  private static int execute(ResultOutput out, PrintStream err, boolean verbose, String... args) {
    Failures failures = new Failures(err, verbose);
    PrintWriter writer = new PrintWriter(out, false, StandardCharsets.UTF_8);
    int code;
    try {
      code = commandLine(writer, err, failures).execute(args);
    } catch (OutOfMemoryError | StackOverflowError | LinkageError e) {
      // picocli hands only exceptions to its handlers
      code = failures.report("peft", e);
    }
    writer.flush();
    if (out.failure().isEmpty()) {
      return code;
    }
    return out.isReaderGone()
        ? ExitCode.CLOSED_PIPE
        : failures.report("peft", new UnwrittenResultsException(out.failure().get().getMessage()));
  }

  private static CommandLine commandLine(PrintWriter out, PrintStream err, Failures failures) {
    CommandLine peft = new CommandLine(new PeftCommand());
    peft.getSubcommands()
        .values()
        .forEach(c -> c.getCommandSpec().usageMessage().showAtFileInUsageHelp(true));
    return peft.setOut(out)
        .setErr(new PrintWriter(err, true))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .setUsageHelpAutoWidth(true)
        .setExecutionStrategy(Main::runCommand)
        .setParameterExceptionHandler((e, given) -> failures.report(e))
        .setExecutionExceptionHandler(
            (e, command, parsed) ->
                failures.report(command.getCommandSpec().qualifiedName(" "), e));
  }

  private static int runCommand(ParseResult parsed) {
    List<CommandLine> given = parsed.asCommandLineList();
    Object command = given.get(given.size() - 1).getCommand();
    boolean helps = parsed.isUsageHelpRequested() || parsed.isVersionHelpRequested();
    if (!helps && !(command instanceof WithoutEngine)) {
      // After the level of the log, which the first logger fixes; before anything touches ND4J.
      NativeSetup.prepare();
    }
    return new RunLast().execute(parsed);
  }
}
