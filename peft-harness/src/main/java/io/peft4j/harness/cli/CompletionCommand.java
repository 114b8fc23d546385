package io.peft4j.harness.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code peft completion}: a script that teaches a shell our commands and options. */
@Command(
    name = "completion",
    description = {
      "Print a script with which bash and zsh complete commands and options:",
      "source <(./peft completion)"
    })
final class CompletionCommand implements Callable<Integer>, WithoutEngine {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  private boolean help;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine peft = spec.parent().commandLine();
    PrintWriter out = peft.getOut();
    out.print(AutoComplete.bash(peft.getCommandName(), peft));
    out.flush();
    return ExitCode.DONE;
  }
}
