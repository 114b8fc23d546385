package io.peft4j.api.backbone;

import java.util.Optional;

/**
 * A linear layer {@code y = x Wᵀ + b} with {@code x [batch·rows, in]}, {@code y [batch·rows, out]}.
 *
 * @param path module path
 * @param place where it stands
 * @param output variable {@code y}
 * @param input variable {@code x}
 * @param weight path of the weight {@link Param}
 * @param matrix variable that holds the weight as {@code [out, in]}; the weight itself unless it is
 *     stored in another shape (a patch embedding's kernel)
 * @param bias path of the bias, if there is one
 * @param in input width
 * @param out output width
 * @param rows rows per image (windows × tokens)
 */
public record LinearSite(
    String path,
    Place place,
    String output,
    String input,
    String weight,
    String matrix,
    Optional<String> bias,
    int in,
    int out,
    int rows)
    implements Site {
  /** Checks that widths and rows are positive. */
  public LinearSite {
    if (in < 1 || out < 1 || rows < 1) {
      throw new IllegalArgumentException(
          "site %s: in %d, out %d and rows %d must be positive".formatted(path, in, out, rows));
    }
  }
}
