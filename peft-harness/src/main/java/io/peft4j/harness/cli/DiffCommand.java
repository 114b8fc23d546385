package io.peft4j.harness.cli;

import io.peft4j.adapters.folder.AdapterDiff;
import io.peft4j.adapters.folder.AdapterFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code peft diff}: in what two adapter folders differ. */
@Command(
    name = "diff",
    description = "Show in which options and tensors two adapter folders differ.")
public final class DiffCommand implements Callable<Integer> {
  private static final int LISTED = 20;

  @Mixin private OutputOptions output = new OutputOptions();

  @Parameters(index = "0", paramLabel = "LEFT", description = "folder of an adapter")
  private Path left;

  @Parameters(index = "1", paramLabel = "RIGHT", description = "folder of another")
  private Path right;

  @Override
  public Integer call() {
    AdapterDiff diff = AdapterDiff.of(AdapterFolder.open(left), AdapterFolder.open(right));
    output.result(new Result(diff.isEmpty(), diff), () -> text(diff));
    return ExitCode.DONE;
  }

  private record Result(boolean same, AdapterDiff diff) {}

  private static String text(AdapterDiff diff) {
    if (diff.isEmpty()) {
      return "no difference in %d tensors".formatted(diff.same());
    }
    StringBuilder text = new StringBuilder();
    diff.options()
        .forEach(
            (key, pair) -> text.append("%s: %s | %s%n".formatted(key, pair.left(), pair.right())));
    list(text, "only left: ", diff.onlyLeft());
    list(text, "only right: ", diff.onlyRight());
    Columns table = new Columns("", 3, 4);
    diff.changed().stream()
        .limit(LISTED)
        .forEach(
            c ->
                table.row(
                    c.name(), c.left(), c.right(), number(c.largest()), number(c.relative())));
    text.append(table);
    if (diff.changed().size() > LISTED) {
      text.append("and %d more%n".formatted(diff.changed().size() - LISTED));
    }
    return text.append("%d tensors differ, %d do not".formatted(diff.changed().size(), diff.same()))
        .toString();
  }

  private static void list(StringBuilder text, String what, List<String> names) {
    names.stream().limit(LISTED).forEach(n -> text.append(what).append(n).append('\n'));
    if (names.size() > LISTED) {
      text.append(what).append(names.size() - LISTED).append(" more\n");
    }
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2e", value);
  }
}
