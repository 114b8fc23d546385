package io.peft4j.harness.cli;

import com.google.common.io.Resources;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Properties;
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
      CountCommand.class,
      InspectCommand.class,
      TrainCommand.class,
      EvalCommand.class,
      PredictCommand.class,
      CompareCommand.class,
      PretrainCommand.class
    },
    footer = {
      "",
      "Results go to standard output, progress and errors to standard error.",
      "Exit codes: 0 done, 1 failed, 2 wrong input."
    })
public final class PeftCommand implements Callable<Integer> {
  @Option(names = "--help", usageHelp = true, description = "show this help")
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
        "nd4j " + nd4j(),
        "java " + Runtime.version()
      };
    }

    /** From its pom's properties, since an uber-jar has one manifest for all. */
    private static String nd4j() {
      URL file = Resources.getResource("META-INF/maven/org.nd4j/nd4j-api/pom.properties");
      try (InputStream in = file.openStream()) {
        Properties properties = new Properties();
        properties.load(in);
        return properties.getProperty("version");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
