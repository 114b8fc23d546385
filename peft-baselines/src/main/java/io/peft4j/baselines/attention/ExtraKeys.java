package io.peft4j.baselines.attention;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Keys and values beside those of an image's tokens.
 *
 * @param keys {@code [count, C]}, heads side by side; {@code [batch·count, C]} where each image has
 *     its own
 * @param values as {@code keys}
 * @param count how many an image sees
 * @param perImage whether each image has its own
 */
public record ExtraKeys(SDVariable keys, SDVariable values, int count, boolean perImage) {
  /** Keys and values that every image sees. */
  public static ExtraKeys shared(SDVariable keys, SDVariable values, int count) {
    return new ExtraKeys(keys, values, count, false);
  }
}
