package io.peft4j.harness.run;

import com.google.common.collect.Maps;
import io.peft4j.adapters.folder.CardFacts;
import io.peft4j.backbones.weights.LoadOptions;
import io.peft4j.graph.registry.ConfigBinder;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.graph.registry.PluginMark;
import io.peft4j.harness.data.DataSpec;
import io.peft4j.harness.head.DecoderNorms;
import io.peft4j.harness.train.TrainConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the model card of an adapter tells of the run that trained it.
 *
 * <p>Safe for use by several threads.
 */
public final class RunCard {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.,:=/+@-]+");

  private RunCard() {}

  /** The facts of a finished run. */
  public static CardFacts of(RunResult result) {
    RunSpec spec = result.spec();
    DataSpec data = spec.data();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "Data",
        "%s, %d training and %d validation images, seed %d"
            .formatted(data.id(), data.trainSize(), data.validationSize(), data.seed()));
    facts.put(
        "Weights of the backbone",
        spec.backbone().weightsHash().isEmpty()
            ? spec.backbone().weights()
            : "SHA-256 " + spec.backbone().weightsHash());
    facts.put("Image size", "%d x %d".formatted(spec.backbone().height(), spec.backbone().width()));
    facts.put("Seed", Long.toString(spec.train().seed()));
    facts.put("Epochs", Integer.toString(spec.train().epochs()));
    facts.put("Best epoch", Integer.toString(result.bestEpoch()));
    facts.put("Decoder", spec.decoder().id());
    if (result.provenance() != null) {
      facts.put("Made by", "peft4j " + result.provenance().version());
      facts.put("Commit", result.provenance().commit());
      facts.put("Started", result.provenance().started());
    }
    return new CardFacts(facts, result.values(), again(result));
  }

  /** The command that does the run again or, where none can, the way of a program. */
  static String again(RunResult result) {
    String id = result.spec().data().id();
    return RunData.foreign(result)
        .map(supplier -> "the data set '%s' is its program's: %s".formatted(id, supplier))
        .or(() -> Commandless.reason(result.spec()).map(reason -> "no command does it: " + reason))
        .map(RunCard::program)
        .orElseGet(() -> plugins(result) + command(result.spec()));
  }

  private static String program(String why) {
    return """
        // %s
        RunSpec spec = RunResult.read(Path.of("folder of the run")).spec();
        RunResult again =
            new Runner(spec, data, Path.of("another folder")).run(TrainListener.NONE);"""
        .formatted(why.replace('\n', ' '));
  }

  /** What brings the method, if that is not this library. */
  private static String plugins(RunResult result) {
    PluginMark plugin = result.provenance() == null ? null : result.provenance().plugin();
    if (plugin == null || plugin.isOurs()) {
      return "";
    }
    String jar = plugin.jar().isEmpty() ? plugin.method() + ".jar" : plugin.jar();
    return "PEFT_PLUGINS=" + quoted(jar) + " ";
  }

  /** The command that does the run again, where {@link Commandless} has nothing against it. */
  static String command(RunSpec spec) {
    Map<String, String> words = new LinkedHashMap<>();
    BackboneSpec backbone = spec.backbone();
    TrainConfig train = spec.train();
    words.put("--method", spec.method());
    words.put("--backbone", backbone.preset());
    words.put("--image-size", backbone.height() + "x" + backbone.width());
    if (!List.of(BackboneSpec.PRETRAINED, BackboneSpec.RANDOM).contains(backbone.weights())) {
      words.put("--weights", backbone.weights());
      LoadOptions loading = backbone.loading();
      put(words, "--weights-names", List.of(loading.names()), LoadOptions.STRICT.names());
      put(words, "--allow-missing", loading.allowMissing(), "");
      put(words, "--allow-unexpected", loading.allowUnexpected(), "");
    }
    words.put("--tasks", spec.tasks());
    words.put("--decoder", spec.decoder().id());
    if (!spec.decoder().channels().isEmpty()) {
      words.put("--decoder-channels", joined(spec.decoder().channels()));
    }
    if (spec.decoder().norms() != DecoderNorms.BY_RULE) {
      words.put("--decoder-norms", spec.decoder().norms().text());
    }
    words.put("--data", spec.data().id());
    words.put("--train-size", Integer.toString(spec.data().trainSize()));
    words.put("--validation-size", Integer.toString(spec.data().validationSize()));
    words.put("--data-seed", Long.toString(spec.data().seed()));
    words.put("--epochs", Integer.toString(train.epochs()));
    words.put("--batch", Integer.toString(train.batch()));
    words.put("--accumulation", Integer.toString(train.accumulation()));
    words.put("--lr", Double.toString(train.learningRate()));
    words.put("--weight-decay", Double.toString(train.weightDecay()));
    words.put("--eval-every", Integer.toString(train.evalEvery()));
    words.put("--activations", train.activations().name().toLowerCase(Locale.ROOT));
    words.put("--seed", Long.toString(train.seed()));
    StringBuilder command = new StringBuilder("./peft train");
    words.forEach(
        (option, value) -> command.append(' ').append(option).append(' ').append(quoted(value)));
    options(spec).forEach((k, v) -> command.append(" --set ").append(quoted(k + "=" + v)));
    command.append(spec.perTask() ? " --per-task" : "");
    command.append(backbone.pad() ? " --pad" : "");
    command.append(backbone.loading().allowResize() ? " --allow-resize" : "");
    command.append(spec.data().flip() ? "" : " --no-flip");
    return command.append(" --out run").toString();
  }

  /** Options that are not the method's defaults. */
  private static Map<String, String> options(RunSpec spec) {
    Map<String, String> defaults =
        ConfigBinder.toMap(MethodRegistry.discover().get(spec.method()).configure(Map.of()));
    return Maps.filterEntries(spec.options(), e -> !e.getValue().equals(defaults.get(e.getKey())));
  }

  private static void put(
      Map<String, String> words, String option, List<String> values, String standard) {
    String value = String.join(",", values);
    if (!value.equals(standard)) {
      words.put(option, value);
    }
  }

  private static String joined(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
