package io.peft4j.harness.report;

import com.google.common.base.Joiner;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Stream;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.merge.MergeException;
import io.peft4j.graph.pertask.PerTask;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.head.DecoderNorms;
import io.peft4j.harness.run.RunDefaults;
import io.peft4j.harness.task.TaskSet;
import io.peft4j.harness.train.MultiTaskModel;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The page of all methods found, as Markdown: what each trains, whether it merges and what it
 * costs, measured on models that are built for it; and the papers' counts beside this library's.
 */
public final class MethodsPage {
  private static final String LARGE = "swin-tiny";
  private static final String SMALL = "swin-nano";
  private static final int IMAGE = 224;
  private static final long SEED = 0;
  private static final TaskSet TASKS = TaskSet.parse("pascal");
  private static final String ABSENT = "–";
  private static final Joiner CELLS = Joiner.on(" | ");

  private final MethodRegistry registry = MethodRegistry.discover();

  /** The text; takes the time to build every method several times. */
  public String text() {
    PublishedCounts published = PublishedCounts.read();
    StringBuilder page =
        new StringBuilder(
            """
            # Methods

            Made by `./peft methods-page --out docs/methods.md`; do not edit.

            ## What each method trains and costs

            Every method that is found, with its defaults, for the four PASCAL tasks. `T` is the \
            number of tasks, `C` the width of a block. Trained numbers of the backbone and streams \
            (parallel computations of the backbone: `shared`, or the number of task streams) are \
            those of Swin-Tiny; *passes* is what one image costs in multiply-accumulates of the \
            adapted backbone, heads left out, in multiples of the plain one. The last column is \
            the same after merging, tried on Swin-Nano, or what stands against it.

            """);
    line(page, "method", "paper", "trained numbers", "Swin-Tiny", "streams", "passes", "merged");
    line(page, "---", "---", "---", "---:", "---", "---:", "---");
    Backbone large = shapes(LARGE);
    long plain = adapt(large, registry.get("decoders-only"), false, Map.of()).macs().full();
    for (MethodDescriptor method : registry.methods()) {
      methodLine(page, method, large, plain);
    }
    page.append(
        """

        ## Published counts

        Millions of trained numbers as printed, beside what `./peft count` gives. *encoder* \
        counts no decoders, *added* only what the method adds.

        """);
    line(page, "row", "backbone", "published", "source", "here", "counted by", "difference");
    line(page, "---", "---", "---:", "---", "---:", "---", "---");
    published.rows().forEach(row -> publishedLine(page, row));
    page.append("\n## Misquotations between the papers\n\n");
    published.misquotations().forEach(m -> page.append("- ").append(m).append('\n'));
    return page.toString();
  }

  private void methodLine(StringBuilder page, MethodDescriptor method, Backbone large, long plain) {
    List<String> measured;
    try {
      PeftModel model = adapt(large, method, false, RunDefaults.options(method.id(), LARGE));
      measured =
          List.of(
              number(model.parameters().backboneTrainable()),
              streams(model),
              times(model.macs().full(), plain));
    } catch (InputException e) {
      measured = List.of(ABSENT, ABSENT, ABSENT);
    }
    line(
        page,
        "`" + method.id() + "`",
        method.reference(),
        method.method().formula(),
        measured.get(0),
        measured.get(1),
        measured.get(2),
        merged(method));
  }

  private String merged(MethodDescriptor method) {
    Backbone small = Backbones.named(SMALL).build(WeightSource.random(SEED), DataType.FLOAT);
    try {
      long plain = adapt(small, registry.get("decoders-only"), false, Map.of()).macs().full();
      PeftModel model = adapt(small, method, false, RunDefaults.options(method.id(), SMALL));
      return times(model.merge().macs().full(), plain);
    } catch (MergeException e) {
      return "no: " + firstReason(e.getMessage());
    } catch (InputException e) {
      return ABSENT;
    }
  }

  /** The first of the reasons, without the path of its site. */
  private static String firstReason(String message) {
    String first = message.substring(message.indexOf(": ") + 2).split(";")[0];
    return first.replaceFirst("^site \\S+ (on stream \\S+ )?", "");
  }

  private void publishedLine(StringBuilder page, PublishedCounts.Row row) {
    String here = "not in this build";
    String difference = "";
    if (isFound(row)) {
      try {
        long counted = count(row);
        here = number(counted);
        difference = difference(counted, row.published());
      } catch (InputException e) {
        here = "refused";
        difference = e.getMessage();
      }
    }
    String note = row.note().isEmpty() ? "" : (difference.isEmpty() ? "" : ". ") + row.note();
    line(
        page,
        row.name(),
        row.backbone(),
        row.published().isEmpty() ? ABSENT : row.published(),
        row.source(),
        here,
        "`" + arguments(row) + "`" + unit(row.counts()),
        difference + note);
  }

  /** Whether the method is on the class path, with the preset. */
  private boolean isFound(PublishedCounts.Row row) {
    return registry.methods().stream()
        .filter(m -> m.id().equals(row.method()))
        .anyMatch(m -> row.preset().isEmpty() || m.presets().containsKey(row.preset()));
  }

  /** The count of a row by this library. */
  long count(PublishedCounts.Row row) {
    MethodDescriptor method = registry.get(row.method());
    DecoderChoice decoder =
        new DecoderChoice(row.decoder(), List.of(), DecoderNorms.parse(row.norms()));
    Backbone backbone = decoder.on(shapes(row.backbone()));
    Map<String, String> options =
        row.preset().isEmpty()
            ? row.options()
            : method.presetOptions(row.preset(), row.backbone(), row.options());
    PeftModel model = adapt(backbone, method, row.perTask(), options);
    return row.counts()
        .in(MultiTaskModel.withHeads(model, TASKS, decoder.decoder(backbone)).parameters());
  }

  private static PeftModel adapt(
      Backbone backbone, MethodDescriptor method, boolean perTask, Map<String, String> options) {
    return Peft.adapt(
        backbone,
        perTask ? PerTask.of(method.method()) : method.method(),
        method.configure(options),
        TASKS.routed(),
        SEED);
  }

  private static Backbone shapes(String name) {
    return Backbones.named(name)
        .withImage(IMAGE, IMAGE)
        .build(WeightSource.shapesOnly(), DataType.FLOAT);
  }

  private static String arguments(PublishedCounts.Row row) {
    List<String> words = new ArrayList<>(List.of("--method", row.method()));
    if (!row.preset().isEmpty()) {
      words.addAll(List.of("--preset", row.preset()));
    }
    row.options().forEach((name, value) -> words.addAll(List.of("--set", name + "=" + value)));
    if (row.perTask()) {
      words.add("--per-task");
    }
    words.addAll(List.of("--decoder", row.decoder()));
    if (DecoderNorms.parse(row.norms()) != DecoderNorms.BY_RULE) {
      words.addAll(List.of("--decoder-norms", row.norms()));
    }
    return String.join(" ", words);
  }

  private static String unit(PublishedCounts.What what) {
    return switch (what) {
      case TRAINABLE -> "";
      case BACKBONE_TRAINABLE -> ", encoder";
      case ADAPTER -> ", added";
    };
  }

  /** None where the count rounds to what is printed, else ours less theirs. */
  static String difference(long counted, String published) {
    if (published.isEmpty()) {
      return "";
    }
    BigDecimal printed = new BigDecimal(published);
    BigDecimal millions = BigDecimal.valueOf(counted, 6);
    return millions.setScale(printed.scale(), RoundingMode.HALF_UP).equals(printed)
        ? ""
        : String.format(Locale.ROOT, "%+.2f M", millions.subtract(printed));
  }

  private static String streams(PeftModel model) {
    Set<String> own = new TreeSet<>();
    boolean shared = false;
    for (Stream stream : model.emission().streams().values()) {
      shared |= stream.isShared();
      if (!stream.isShared()) {
        own.add(stream.id());
      }
    }
    if (own.isEmpty()) {
      return "shared";
    }
    return shared ? "shared + " + own.size() : Integer.toString(own.size());
  }

  private static String times(long macs, long plain) {
    return String.format(Locale.ROOT, "× %.3f", (double) macs / plain);
  }

  private static String number(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  private static void line(StringBuilder page, String... cells) {
    List<String> escaped = new ArrayList<>();
    for (String cell : cells) {
      escaped.add(cell.replace("|", "\\|").replace("\n", " "));
    }
    page.append("| ").append(CELLS.join(escaped)).append(" |\n");
  }
}
