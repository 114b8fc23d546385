package io.peft4j.harness.head;

import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Layer norms on features before a decoder reads them. */
public enum DecoderNorms {
  /**
   * What the decoder's benchmark does: {@link #PER_TASK} for the segformer-mlp decoder on a
   * backbone that merges patches behind its stages (Swin), else {@link #NONE} (PVT).
   */
  BY_RULE,
  /** Features as the backbone gives them. */
  NONE,
  /** A norm per stage and task. */
  PER_TASK,
  /** A norm per stage, one for all tasks. */
  SHARED;

  /**
   * The constant of a name as the command takes it: lower-case, with dashes.
   *
   * @throws InputException if there is none
   */
  public static DecoderNorms parse(String text) {
    return Arrays.stream(values())
        .filter(n -> n.text().equals(text.strip().toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "unknown decoder norms '%s'%s"
                        .formatted(
                            text,
                            NearestName.hint(
                                text, List.of(NONE.text(), PER_TASK.text(), SHARED.text())))));
  }

  /** The name as the command takes it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
