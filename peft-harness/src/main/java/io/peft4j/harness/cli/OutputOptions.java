package io.peft4j.harness.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintWriter;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command speaks: results to standard output, everything else to standard error. */
public final class OutputOptions {
  static final String VERBOSE = "--verbose";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  @Option(names = "--json", description = "print one JSON document to standard output")
  private boolean json;

  // Main reads it from the arguments, since it must act even if they cannot be parsed.
  @Option(names = VERBOSE, description = "log more, and show the stack trace of an error")
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  private boolean help;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** True if results are to be a JSON document. */
  public boolean isJson() {
    return json;
  }

  /** True if the user wants details. */
  public boolean isVerbose() {
    return verbose;
  }

  /**
   * Prints the results, once per run.
   *
   * @param document what Jackson can write; printed with {@code --json}
   * @param text lines for people; printed without
   */
  public void result(Object document, Supplier<String> text) {
    PrintWriter out = command.commandLine().getOut();
    out.print(json ? toJson(document) : text.get().stripTrailing());
    out.println();
    out.flush();
  }

  /** Prints a line for people to standard error. */
  public void note(String line) {
    PrintWriter err = command.commandLine().getErr();
    err.println(line);
    err.flush();
  }

  /** As {@link #note}, beginning with the command as error lines do. */
  public void problem(String line) {
    note(command.qualifiedName(" ") + ": " + line);
  }

  private static String toJson(Object document) {
    try {
      return JSON.writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + document.getClass() + " as JSON", e);
    }
  }
}
