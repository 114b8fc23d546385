package io.peft4j.harness.cli;

/** Exit codes of the command. */
public final class ExitCode {
  /** The command did what was asked. */
  public static final int DONE = 0;

  /** Something outside the input failed: the environment, a training, a plugin. */
  public static final int FAILED = 1;

  /** The input is wrong: an option, a name, a file's content. */
  public static final int WRONG_INPUT = 2;

  /** Before a signal's number: it has stopped the command. */
  public static final int SIGNAL = 128;

  /** Who read the results has gone, as {@code head} does: SIGPIPE's number, and no message. */
  public static final int CLOSED_PIPE = SIGNAL + 13;

  private ExitCode() {}
}
