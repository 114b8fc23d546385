package io.peft4j.harness.cli;

import io.peft4j.graph.natives.Nd4jRelease;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command itself; all work is in its subcommands. */
@Command(
    name = "peft",
    description = "Parameter-efficient fine-tuning of vision backbones.",
    versionProvider = PeftCommand.Version.class,
    subcommands = {
      MethodsCommand.class,
      MethodsPageCommand.class,
      CountCommand.class,
      InspectCommand.class,
      TrainCommand.class,
      EvalCommand.class,
      PredictCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      CombineCommand.class,
      MergeCommand.class,
      UnmergeCommand.class,
      DiffCommand.class,
      CompareCommand.class,
      GroupsCommand.class,
      PretrainCommand.class,
      DoctorCommand.class,
      HelpCommand.class,
      CompletionCommand.class
    },
    footer = {
      "",
      "Results go to standard output, progress and errors to standard error.",
      "Arguments may stand in files, given as @FILE: separated by blanks and line ends, quoted where",
      "they hold blanks; # begins a comment; @@ is a plain @.",
      "Tab completion: source <(./peft completion)",
      "Exit codes: 0 done, 1 failed, 2 wrong input, 128 + N stopped by signal N."
    })
public final class PeftCommand implements Callable<Integer>, WithoutEngine {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  private boolean help;

  @Option(names = "--version", versionHelp = true, description = "show the version")
  private boolean version;

  @Option(names = OutputOptions.VERBOSE, description = "show the stack trace of an error")
  private boolean verbose;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine self = spec.commandLine();
    self.usage(self.getErr());
    return ExitCode.WRONG_INPUT;
  }

  /** Versions of this build, of ND4J and of Java. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String own = PeftCommand.class.getPackage().getImplementationVersion();
      return new String[] {
        "peft4j " + (own == null ? "unversioned (not run from a jar)" : own),
        "nd4j " + Nd4jRelease.version(),
        "java " + Runtime.version()
      };
    }
  }
}
