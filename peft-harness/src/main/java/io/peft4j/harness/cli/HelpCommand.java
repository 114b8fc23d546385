package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code peft help}: as {@code --help}, of the command or of one of its commands. */
@Command(name = "help", helpCommand = true, description = "Show the help of a command.")
final class HelpCommand implements Callable<Integer>, WithoutEngine {
  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "default: peft itself")
  private @Nullable String command;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  private boolean help;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine peft = spec.parent().commandLine();
    CommandLine asked = command == null ? peft : peft.getSubcommands().get(command);
    if (asked == null) {
      throw new InputException(
          "unknown command '%s'%s"
              .formatted(command, NearestName.hint(command, peft.getSubcommands().keySet())));
    }
    asked.usage(peft.getOut());
    return ExitCode.DONE;
  }
}
