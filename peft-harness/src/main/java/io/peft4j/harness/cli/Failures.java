package io.peft4j.harness.cli;

import com.google.common.base.Throwables;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.graph.merge.MergeException;
import io.peft4j.graph.rewrite.RewriteException;
import io.peft4j.harness.train.TrainingException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one line on standard error and an exit code. */
final class Failures {
  private final PrintStream err;
  private final boolean verbose;

  /**
   * @param verbose prints the stack trace too
   */
  Failures(PrintStream err, boolean verbose) {
    this.err = err;
    this.verbose = verbose;
  }

  /** Reports a command line that cannot be parsed. */
  int report(ParameterException e) {
    CommandSpec spec = e.getCommandLine().getCommandSpec();
    // An option's converter may refuse its value with a message of its own.
    String message = causeOf(e, InputException.class).map(Throwable::getMessage).orElse(null);
    print(spec.qualifiedName(" "), message == null ? parameterMessage(e, spec) : message, e);
    return ExitCode.WRONG_INPUT;
  }

  /** Reports what ended a command. */
  int report(String command, Throwable e) {
    print(command, message(e), e);
    return e instanceof InputException || e instanceof ParameterException
        ? ExitCode.WRONG_INPUT
        : ExitCode.FAILED;
  }

  private void print(String command, String message, Throwable e) {
    err.println(command + ": " + oneLine(message));
    if (verbose) {
      e.printStackTrace(err);
    }
    err.flush();
  }

  private static String parameterMessage(ParameterException e, CommandSpec spec) {
    // A misspelt option is named first: picocli would complain that the right one is missing.
    List<String> unmatched =
        e instanceof UnmatchedArgumentException u
            ? u.getUnmatched()
            : e.getCommandLine().getUnmatchedArguments();
    if (unmatched.isEmpty()) {
      return e.getMessage();
    }
    String given = unmatched.get(0);
    if (given.startsWith("-")) {
      String name = given.contains("=") ? given.substring(0, given.indexOf('=')) : given;
      return "unknown option '%s'%s".formatted(name, NearestName.hint(name, optionNames(spec)));
    }
    return spec.subcommands().isEmpty()
        ? "unexpected argument '%s'; options start with --".formatted(given)
        : "unknown command '%s'%s"
            .formatted(given, NearestName.hint(given, spec.subcommands().keySet()));
  }

  private static List<String> optionNames(CommandSpec spec) {
    List<String> names = new ArrayList<>();
    spec.options().forEach(o -> names.add(o.longestName()));
    return names;
  }

  private static String message(Throwable e) {
    if (isForUsers(e)) {
      return e.getMessage();
    }
    Optional<IOException> io = causeOf(e, IOException.class);
    if (io.isPresent()) {
      return ioMessage(e, io.get());
    }
    if (causeOf(e, OutOfMemoryError.class).isPresent()) {
      return "out of memory (%s); give more by PEFT_HEAP=6g or PEFT_OFFHEAP=12g, or use a smaller batch"
          .formatted(causeOf(e, OutOfMemoryError.class).get().getMessage());
    }
    String hint = "; --verbose shows where";
    Throwable root = Throwables.getRootCause(e);
    return "internal error: " + e + (root == e ? "" : " (" + root + ")") + hint;
  }

  /** True for errors whose message was written to be read here. */
  private static boolean isForUsers(Throwable e) {
    return e instanceof InputException
        || e instanceof ParameterException
        || e instanceof TrainingException
        || e instanceof RewriteException
        || e instanceof MergeException
        || e instanceof UnwrittenResultsException;
  }

  /** What was being done, if {@code e} says so, and the reason in words. */
  private static String ioMessage(Throwable e, IOException io) {
    String doing = e.getMessage() == null ? "" : e.getMessage();
    String file = io instanceof FileSystemException f && f.getFile() != null ? f.getFile() : "";
    if (e == io || doing.isEmpty() || doing.equals(io.toString())) {
      return file.isEmpty() ? reason(io) : file + ": " + reason(io);
    }
    String reason = doing.contains(file) || file.isEmpty() ? reason(io) : file + ": " + reason(io);
    return doing.contains(io.toString())
        ? doing.replace(io.toString(), reason)
        : doing.contains(reason) ? doing : doing + ": " + reason;
  }

  /** Says what the class of an error means where its message is only a path. */
  private static String reason(IOException e) {
    if (!(e instanceof FileSystemException f)) {
      return e.getMessage() == null ? e.toString() : e.getMessage();
    }
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NotDirectoryException) {
      return "not a folder";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "a file is in the way";
    }
    return f.getReason() == null ? f.getClass().getSimpleName() : f.getReason();
  }

  private static <T extends Throwable> Optional<T> causeOf(Throwable e, Class<T> type) {
    return Throwables.getCausalChain(e).stream()
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst();
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
