package io.peft4j.harness.cli;

import io.peft4j.grouping.Similarity;
import io.peft4j.harness.groups.GroupsCost;
import io.peft4j.harness.groups.GroupsPlan;
import io.peft4j.harness.groups.GroupsResult;
import io.peft4j.harness.groups.SimilaritySpec;
import io.peft4j.harness.groups.StageGroups;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What {@code peft groups} prints for people. */
final class GroupsText {
  private static final double GIGA = 1e9;

  private GroupsText() {}

  static String of(Similarity similarity, GroupsResult result) {
    return heading(result)
        + "\n"
        + matrix(similarity)
        + "groups, their score (eq. 6: higher is better) and multiply-accumulates (convention)\n"
        + stages(result)
        + "cost with decoders\n"
        + costs(result)
        + "to train with these groups\n  train --method "
        + GroupsPlan.METHOD
        + result.options().entrySet().stream()
            .map(e -> " --set %s=%s".formatted(e.getKey(), e.getValue()))
            .collect(Collectors.joining());
  }

  private static String heading(GroupsResult result) {
    SimilaritySpec measured = result.measured();
    return "similarity of tasks on %s, %s, %s"
        .formatted(
            result.backbone(),
            result.image(),
            measured == null
                ? "as given"
                : "from %d examples of %s after %d epochs of heads, seed %d"
                    .formatted(
                        measured.examples(),
                        measured.heads().data().id(),
                        measured.heads().train().epochs(),
                        measured.heads().train().seed()));
  }

  private static Columns matrix(Similarity similarity) {
    int n = similarity.size();
    Columns table = new Columns("  ", IntStream.rangeClosed(1, n).boxed().toArray(Integer[]::new));
    List<Object> names = new ArrayList<>(List.of(""));
    names.addAll(similarity.tasks());
    table.row(names.toArray());
    for (int a = 0; a < n; a++) {
      List<Object> row = new ArrayList<>(List.of(similarity.tasks().get(a)));
      for (int b = 0; b < n; b++) {
        row.add(a == b ? "1" : number("%.4f", similarity.between(a, b)));
      }
      table.row(row.toArray());
    }
    return table;
  }

  private static Columns stages(GroupsResult result) {
    Columns table = new Columns("  ", 0, 2, 3);
    table.row("stage", "groups", "score", "GMACs");
    for (StageGroups stage : result.stages()) {
      table.row(
          stage.stage(),
          stage.groups().stream()
              .map(g -> String.join("+", g.tasks()))
              .collect(Collectors.joining(" / ")),
          number("%.4f", stage.score()),
          number("%.4f", stage.macs() / GIGA));
    }
    return table;
  }

  private static Columns costs(GroupsResult result) {
    Columns table = new Columns("  ", 1, 2, 3, 4);
    table.row("", "trainable", "of these backbone", "GMACs convention", "GMACs full");
    cost(table, "these groups", result.cost());
    cost(table, "one group", result.oneGroup());
    return table;
  }

  private static void cost(Columns table, String name, GroupsCost cost) {
    table.row(
        name,
        number("%,d", cost.trainable()),
        number("%,d", cost.backboneTrainable()),
        number("%.4f", cost.macsConvention() / GIGA),
        number("%.4f", cost.macsFull() / GIGA));
  }

  private static String number(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }
}
