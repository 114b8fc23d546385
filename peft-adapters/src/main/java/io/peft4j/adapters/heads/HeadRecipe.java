package io.peft4j.adapters.heads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.peft4j.api.InputException;
import io.peft4j.backbones.weights.LoadOptions;
import java.util.List;
import java.util.Map;

/**
 * What the arrays of heads need besides, so that an adapter's folder alone is enough to predict.
 * Who trains fills it in: this module builds no heads.
 *
 * <p>Safe for use by several threads.
 *
 * @param decoder id of the decoder
 * @param options its options as text, by name
 * @param outputs what the heads give, a task each
 * @param input what images must be
 * @param base where the backbone comes from
 * @param data name of the data set, which classes have their colours from
 */
public record HeadRecipe(
    String decoder,
    Map<String, String> options,
    List<Output> outputs,
    Input input,
    Base base,
    String data) {
  /** Refuses a recipe without decoder or outputs. */
  public HeadRecipe {
    options = ImmutableSortedMap.copyOf(options);
    outputs = ImmutableList.copyOf(outputs);
    if (decoder.isBlank() || outputs.isEmpty()) {
      throw new InputException("heads need a decoder and at least one task");
    }
  }

  /**
   * What a head gives.
   *
   * @param task name of the task
   * @param channels its channels
   * @param classes names of the channels' classes, in order; empty where they are not known
   */
  public record Output(String task, int channels, List<String> classes) {
    /** Refuses a number of names that is not that of the channels. */
    public Output {
      classes = ImmutableList.copyOf(classes);
      if (channels < 1 || !classes.isEmpty() && classes.size() != channels) {
        throw new InputException(
            "task '%s' has %d channels and %d names of classes"
                .formatted(task, channels, classes.size()));
      }
    }
  }

  /**
   * What an image must be: {@code (x - mean)/std} per channel, x in [0, 1], channels red, green,
   * blue.
   *
   * @param height its height
   * @param width its width
   * @param mean a mean per channel
   * @param std a standard deviation per channel
   */
  public record Input(int height, int width, List<Double> mean, List<Double> std) {
    /** Refuses sizes and deviations that are not positive. */
    public Input {
      mean = ImmutableList.copyOf(mean);
      std = ImmutableList.copyOf(std);
      if (height < 1 || width < 1) {
        throw new InputException("image size %d x %d must be positive".formatted(height, width));
      }
      if (mean.size() != std.size() || std.stream().anyMatch(s -> !(s > 0))) {
        throw new InputException(
            "normalisation by mean %s and deviation %s is none".formatted(mean, std));
      }
    }
  }

  /**
   * Where the backbone comes from.
   *
   * @param architecture its name
   * @param pad whether sizes that do not divide are padded
   * @param weights {@code pretrained}, {@code random}, or the path of a file or folder where it was
   *     trained
   * @param weightsHash SHA-256 of the weights' bytes; empty for random ones
   * @param loading how a file is read
   */
  public record Base(
      String architecture, boolean pad, String weights, String weightsHash, LoadOptions loading) {}

  /** The recipe of one task's head. */
  public HeadRecipe only(String task) {
    return new HeadRecipe(
        decoder,
        options,
        outputs.stream().filter(o -> o.task().equals(task)).toList(),
        input,
        base,
        data);
  }

  /** Whether heads of this recipe are built as those of another one. */
  public boolean buildsAs(HeadRecipe other) {
    return decoder.equals(other.decoder)
        && options.equals(other.options)
        && outputs.equals(other.outputs);
  }
}
