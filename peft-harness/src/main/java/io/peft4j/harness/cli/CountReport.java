package io.peft4j.harness.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.google.common.collect.Maps;
import io.peft4j.api.accounting.MacReport;
import io.peft4j.api.accounting.ParameterReport;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code peft count} prints; as JSON the fields of {@code setup} and {@code parameters} stand
 * at the top level.
 *
 * @param setup what was counted
 * @param parameters numbers of parameters, sums if there are several models
 * @param macs multiply-accumulates of one image, sums likewise
 * @param models with {@code --single-task} the numbers of each task's model, else empty
 */
record CountReport(
    @JsonUnwrapped CountCommand.Setup setup,
    @JsonUnwrapped ParameterReport parameters,
    MacReport macs,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, OneModel> models) {
  /** The numbers of one of several models. */
  record OneModel(@JsonUnwrapped ParameterReport parameters, MacReport macs) {}

  static CountReport of(
      CountCommand.Setup setup, CountCommand.Model all, Map<String, CountCommand.Model> models) {
    return new CountReport(
        setup,
        all.parameters(),
        all.macs(),
        Maps.transformValues(models, m -> new OneModel(m.parameters(), m.macs())));
  }

  String text() {
    ParameterReport p = parameters;
    Columns table = new Columns("  ", 1);
    table.row("total", number(p.total()), "");
    table.row("trainable", number(p.trainable()), percent(p.trainable(), p.total()));
    table.row("used", number(p.used()), "trainable that a gradient reaches");
    table.row("backbone trainable", number(p.backboneTrainable()), "trainable without decoders");
    table.row("decoders", number(p.decoders()), "");
    table.row("adapter", number(p.adapter()), "added by the method");
    Columns macTable = new Columns("  ", 1);
    macTable.row("convention", number(macs.convention()), giga(macs.convention()));
    macTable.row("full", number(macs.full()), giga(macs.full()));
    return heading()
        + "\nparameters\n"
        + table
        + "trainable by group\n"
        + amounts(p.groups())
        + deadText()
        + "trainable on the way to a task\n"
        + amounts(p.perTask())
        + "multiply-accumulates of one image\n"
        + macTable
        + modelText();
  }

  private String heading() {
    return "%s%s on %s, %s, %s, %s %s, norms %s"
        .formatted(
            setup.method(),
            setup.modelPerTask() ? ", one model per task," : "",
            setup.backbone(),
            setup.image(),
            setup.tasks(),
            setup.decoder(),
            setup.decoderChannels(),
            setup.decoderNorms());
  }

  private String deadText() {
    return parameters.dead().isEmpty()
        ? ""
        : "counted by the paper's code, reached by no gradient\n" + amounts(parameters.dead());
  }

  private String modelText() {
    if (models.isEmpty()) {
      return "";
    }
    Columns table = new Columns("  ", 1, 2, 3);
    table.row("task", "total", "trainable", "GMACs (convention)");
    models.forEach(
        (task, m) ->
            table.row(
                task,
                number(m.parameters().total()),
                number(m.parameters().trainable()),
                String.format(Locale.ROOT, "%.4f", m.macs().convention() / 1e9)));
    return "one model per task; the numbers above are their sums\n" + table;
  }

  private static Columns amounts(Map<String, Long> amounts) {
    Columns table = new Columns("  ", 1);
    amounts.forEach((name, n) -> table.row(name, number(n)));
    return table;
  }

  private static String number(long n) {
    return String.format(java.util.Locale.ROOT, "%,d", n);
  }

  private static String giga(long n) {
    return String.format(java.util.Locale.ROOT, "%.4f G", n / 1e9);
  }

  private static String percent(long part, long all) {
    return String.format(java.util.Locale.ROOT, "%.2f %% of total", 100.0 * part / all);
  }
}
