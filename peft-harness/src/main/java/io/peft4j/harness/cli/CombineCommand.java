package io.peft4j.harness.cli;

import io.peft4j.adapters.Adapter;
import io.peft4j.adapters.combine.Combination;
import io.peft4j.adapters.combine.HeadChoice;
import io.peft4j.adapters.folder.AdapterFolder;
import io.peft4j.adapters.folder.CardFacts;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code peft combine}: one adapter of several, by weights. */
@Command(
    name = "combine",
    description = {
      "Combine low-rank adapters of one backbone by weights into one adapter.",
      "One adapter with weight 1 is itself, whatever the kind."
    })
public final class CombineCommand implements Callable<Integer> {
  private static final String EQUAL = "equal";

  @Mixin private BackboneOptions backbone = new BackboneOptions();
  @Mixin private AdapterOutOptions out = new AdapterOutOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Parameters(
      arity = "1..*",
      paramLabel = "FOLDER=WEIGHT",
      description = "folder of an adapter and its weight; the weight is 1 if it is left out")
  private List<String> terms = List.of();

  @Option(
      names = "--kind",
      paramLabel = "linear|concatenation|svd",
      defaultValue = "concatenation",
      description =
          "linear: sums of the factors, of one rank; concatenation: the exact sum, of the ranks'"
              + " sum; svd: its best approximation of a rank (default: ${DEFAULT-VALUE})")
  private Combination.Kind kind;

  @Option(
      names = "--rank",
      paramLabel = "N",
      description = "rank of the result for svd (default: the largest that is combined)")
  private @Nullable Integer rank;

  @Option(
      names = "--heads",
      paramLabel = "equal|first|none|FOLDER",
      defaultValue = EQUAL,
      description =
          "heads of the result, which are not summed: those of all, which must be equal; of the"
              + " first adapter; none; or of one of the folders (default: ${DEFAULT-VALUE})")
  private String heads;

  @Override
  public Integer call() {
    out.requireFree();
    List<AdapterFolder> folders = new ArrayList<>();
    terms.forEach(t -> folders.add(AdapterFolder.open(Path.of(folder(t)))));
    HeadChoice ofHeads = heads();
    List<Double> weights = terms.stream().map(CombineCommand::weight).toList();
    Backbone on = backbone.spec().build();
    List<Combination.Part> parts = new ArrayList<>();
    for (int i = 0; i < folders.size(); i++) {
      parts.add(new Combination.Part(folders.get(i).read(on).adapter(), weights.get(i)));
    }
    OptionalInt wanted = rank == null ? OptionalInt.empty() : OptionalInt.of(rank);
    Adapter combined = Combination.of(parts, kind, wanted, ofHeads, on);
    CardFacts facts =
        new CardFacts(
            Map.of(
                "Combined of",
                String.join(", ", terms) + " by " + kind.name().toLowerCase(Locale.ROOT)),
            Map.of(),
            "");
    AdapterOutOptions.Written written = out.write(combined, on, facts);
    output.result(written, written::text);
    return ExitCode.DONE;
  }

  private HeadChoice heads() {
    List<String> folders = terms.stream().map(CombineCommand::folder).toList();
    int named = folders.indexOf(heads);
    if (named >= 0) {
      return HeadChoice.of(named);
    }
    return switch (heads) {
      case EQUAL -> HeadChoice.EQUAL;
      case "first" -> HeadChoice.of(0);
      case "none" -> HeadChoice.NONE;
      default ->
          throw new InputException(
              "--heads %s: is neither equal, first, none nor one of the folders %s"
                  .formatted(heads, folders));
    };
  }

  private static String folder(String term) {
    int equals = term.lastIndexOf('=');
    return equals < 0 ? term : term.substring(0, equals);
  }

  private static double weight(String term) {
    int equals = term.lastIndexOf('=');
    if (equals < 0) {
      return 1;
    }
    try {
      return Double.parseDouble(term.substring(equals + 1).strip());
    } catch (NumberFormatException e) {
      throw new InputException("%s: write FOLDER=WEIGHT, such as indoor=0.5".formatted(term), e);
    }
  }
}
