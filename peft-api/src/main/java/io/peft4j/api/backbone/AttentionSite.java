package io.peft4j.api.backbone;

import java.util.Optional;

/**
 * The attention product of a block, {@code softmax(s·q kᵀ + bias + mask) v}, output {@code
 * [batch·rows, heads·headDim]} before the output projection.
 *
 * @param path module path, such as {@code layers.0.blocks.1.attn}
 * @param place where it stands, role {@code attn.core}
 * @param output variable of the output
 * @param normIn variable that enters the norm before the attention
 * @param normOut variable that leaves that norm
 * @param query variable {@code [batch·windows, heads, windowTokens, headDim]}
 * @param key as {@code query}, but with as many tokens as there are keys, which spatial reduction
 *     makes fewer than queries
 * @param value as {@code key}
 * @param positionBias variable {@code [1, heads, windowTokens, windowTokens]}, if there is one
 * @param mask variable of the shift mask {@code [windows, windowTokens, windowTokens]}, if any
 * @param heads number of heads
 * @param headDim width of a head; the scale s is {@code headDim^-0.5}
 * @param windowTokens tokens (queries) per window; all of the image where there are no windows
 * @param windows windows per image
 */
public record AttentionSite(
    String path,
    Place place,
    String output,
    String normIn,
    String normOut,
    String query,
    String key,
    String value,
    Optional<String> positionBias,
    Optional<String> mask,
    int heads,
    int headDim,
    int windowTokens,
    int windows)
    implements Site {
  @Override
  public int rows() {
    return windows * windowTokens;
  }
}
