package io.peft4j.backbones.build;

import io.peft4j.api.backbone.Place;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The classifier of the published models behind the last block: a norm over all tokens, one vector
 * an image, a linear layer.
 *
 * @param places its place for a role
 * @param width channels per token
 */
public record Classifier(Function<String, Place> places, int width) {
  /** Output of the norm, rows {@code [batch·tokens, width]}; also its role. */
  public static final String FINAL_NORM = "norm";

  /** Output of the linear layer, {@code [batch, classes]}; also its role. */
  public static final String LOGITS = "head";

  /** What checkpoints hold of it, of no use to an encoder. */
  public static final Set<String> ENTRIES =
      Set.of("norm.weight", "norm.bias", "head.weight", "head.bias");

  /** Declares the parameters. */
  public void declare(Tensors tensors, int classes) {
    tensors.norm(FINAL_NORM, places.apply(FINAL_NORM), width);
    tensors.linear(LOGITS, places.apply(LOGITS), width, classes, true);
  }

  /**
   * Writes it.
   *
   * @param rows tokens {@code [B·tokens, width]}
   * @param pooling makes {@code [B, tokens, width]} one vector an image, {@code [B, width]}
   */
  public void write(
      ModuleWriter writer, SDVariable rows, int tokens, UnaryOperator<SDVariable> pooling) {
    SDVariable normed = writer.norm(FINAL_NORM, places.apply(FINAL_NORM), rows, tokens);
    SDVariable pooled = pooling.apply(normed.reshape(-1, tokens, width));
    writer.fixedLinear(LOGITS, places.apply(LOGITS), pooled, 1);
  }
}
