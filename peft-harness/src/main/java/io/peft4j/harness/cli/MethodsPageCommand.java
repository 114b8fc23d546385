package io.peft4j.harness.cli;

import io.peft4j.harness.report.MethodsPage;
import io.peft4j.harness.run.OutputFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code peft methods-page}: writes the documentation's page of methods. */
@Command(
    name = "methods-page",
    hidden = true,
    description = "Write the page of all methods found and of the papers' counts, as Markdown.")
public final class MethodsPageCommand implements Callable<Integer> {
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "the page, such as docs/methods.md")
  private Path out;

  @Override
  public Integer call() {
    Path file = out.toAbsolutePath().normalize();
    OutputFolder folder = OutputFolder.prepare(file.getParent());
    byte[] page = new MethodsPage().text().getBytes(StandardCharsets.UTF_8);
    folder.write(file.getFileName().toString(), page);
    output.result(new Written(out.toString(), page.length), () -> "written to " + out);
    return ExitCode.DONE;
  }

  /** What is printed. */
  private record Written(String file, int bytes) {}
}
