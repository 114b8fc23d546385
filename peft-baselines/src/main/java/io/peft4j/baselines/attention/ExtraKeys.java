package io.peft4j.baselines.attention;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Keys and values that do not come from the image.
 *
 * @param keys {@code [count, C]}, heads side by side
 * @param values as {@code keys}
 * @param count how many there are
 */
public record ExtraKeys(SDVariable keys, SDVariable values, int count) {}
