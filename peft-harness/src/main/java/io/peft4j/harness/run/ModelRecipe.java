package io.peft4j.harness.run;

import com.google.common.base.Splitter;
import io.peft4j.adapters.heads.HeadRecipe;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.harness.data.DataSources;
import io.peft4j.harness.data.ImageNormalization;
import io.peft4j.harness.head.DecoderChoice;
import io.peft4j.harness.head.DecoderNorms;
import io.peft4j.harness.task.TaskSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** What an exported folder says of a run's heads, and what is built from it. */
final class ModelRecipe {
  private static final String CHANNELS = "channels";
  private static final String NORMS = "norms";

  private ModelRecipe() {}

  /**
   * The recipe of a run; rules of the decoder are applied, so that other versions with other rules
   * build the same.
   */
  static HeadRecipe of(RunSpec spec, Backbone backbone) {
    DecoderChoice decoder = spec.decoder();
    Map<String, String> options = new LinkedHashMap<>();
    options.put(
        CHANNELS,
        decoder.channels(decoder.on(backbone).features()).stream()
            .map(String::valueOf)
            .collect(Collectors.joining(",")));
    options.put(NORMS, decoder.norms(backbone).text());
    BackboneSpec base = spec.backbone();
    return new HeadRecipe(
        decoder.id(),
        options,
        spec.taskSet().routed().stream()
            .map(
                t ->
                    new HeadRecipe.Output(
                        t.name(), t.channels(), DataSources.classes(spec.data().id(), t)))
            .toList(),
        new HeadRecipe.Input(
            base.height(), base.width(), ImageNormalization.mean(), ImageNormalization.std()),
        new HeadRecipe.Base(
            base.preset(), base.pad(), base.weights(), base.weightsHash(), base.loading()),
        spec.data().id());
  }

  static DecoderChoice decoder(HeadRecipe recipe) {
    String channels = recipe.options().getOrDefault(CHANNELS, "");
    try {
      List<Integer> widths =
          StreamSupport.stream(
                  Splitter.on(',').omitEmptyStrings().split(channels).spliterator(), false)
              .map(Integer::valueOf)
              .toList();
      String norms = recipe.options().getOrDefault(NORMS, DecoderNorms.NONE.text());
      return new DecoderChoice(recipe.decoder(), widths, DecoderNorms.parse(norms));
    } catch (NumberFormatException e) {
      throw new InputException("decoder channels '%s' are no numbers".formatted(channels), e);
    }
  }

  static TaskSet tasks(HeadRecipe recipe) {
    return TaskSet.parse(
        recipe.outputs().stream()
            .map(o -> o.task() + ":" + o.channels())
            .collect(Collectors.joining(",")));
  }

  /** The backbone as it was trained on. */
  static BackboneSpec backbone(HeadRecipe recipe) {
    HeadRecipe.Base base = recipe.base();
    HeadRecipe.Input input = recipe.input();
    boolean ours =
        input.mean().equals(ImageNormalization.mean())
            && input.std().equals(ImageNormalization.std());
    if (!ours) {
      throw new InputException(
          "images were normalised by mean %s and deviation %s, which this version does not do"
              .formatted(input.mean(), input.std()));
    }
    return new BackboneSpec(
        base.architecture(),
        input.height(),
        input.width(),
        base.pad(),
        base.weights(),
        base.weightsHash(),
        base.loading());
  }
}
