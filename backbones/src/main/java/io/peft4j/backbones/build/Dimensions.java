package io.peft4j.backbones.build;

import io.peft4j.api.InputException;
import java.util.List;

/** Checks and rules that the configurations of all families share. */
public final class Dimensions {
  private Dimensions() {}

  /**
   * Refuses a dimension below one.
   *
   * @throws InputException naming the architecture, the dimension and its value
   */
  public static void positive(String id, String what, int value) {
    require(value > 0, id, "%s %d must be positive".formatted(what, value));
  }

  /**
   * Refuses what does not hold.
   *
   * @throws InputException with the message after the architecture's name
   */
  public static void require(boolean holds, String id, String message) {
    if (!holds) {
      throw new InputException(id + ": " + message);
    }
  }

  /**
   * Refuses a blank name and dimensions of images that no patches can be cut of.
   *
   * @param family the family's name, for an architecture that has none
   */
  public static void images(
      String family, String id, int patchSize, int inChannels, int height, int width) {
    require(!id.isBlank(), family, "its id is blank; name it");
    positive(id, "patchSize", patchSize);
    positive(id, "inChannels", inChannels);
    positive(id, "image height", height);
    positive(id, "image width", width);
  }

  /** Refuses a stage without blocks or heads, and heads that do not divide its width. */
  public static void stage(String id, int stage, int width, int depth, int heads) {
    positive(id, "depth of stage " + stage, depth);
    positive(id, "heads of stage " + stage, heads);
    require(
        width % heads == 0,
        id,
        "%d heads do not divide width %d of stage %d".formatted(heads, width, stage));
  }

  /** Refuses a negative number of classes. */
  public static void classes(String id, int numClasses) {
    require(numClasses >= 0, id, "numClasses %d must not be negative".formatted(numClasses));
  }

  /** Refuses a drop-path rate outside [0, 1). */
  public static void dropPath(String id, double rate) {
    require(rate >= 0 && rate < 1, id, "dropPath %s must lie in [0, 1)".formatted(rate));
  }

  /**
   * Drop-path rate of a block, counted over all stages as {@code linspace(0, last, blocks)}.
   *
   * @param last rate of the last block
   * @param depths blocks per stage
   */
  public static double dropPath(double last, List<Integer> depths, int stage, int block) {
    int before = depths.subList(0, stage).stream().mapToInt(Integer::intValue).sum();
    int all = depths.stream().mapToInt(Integer::intValue).sum();
    return all == 1 ? 0 : last * (before + block) / (all - 1);
  }

  /** The smallest multiple of {@code unit} that is not below {@code value}. */
  public static int roundUp(int value, int unit) {
    return (value + unit - 1) / unit * unit;
  }
}
