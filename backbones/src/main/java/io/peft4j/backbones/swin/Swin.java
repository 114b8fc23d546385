package io.peft4j.backbones.swin;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Role;
import io.peft4j.backbones.build.Classifier;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Swin Transformer V1 (Liu et al. 2021) with the parameter names of the public checkpoints.
 *
 * <pre>{@code
 * Backbone swin = Swin.build(
 *     Swin.preset("swin-tiny").withImage(448, 448), WeightSource.file(path), DataType.FLOAT);
 * }</pre>
 *
 * <p>Names in the graph: a module's output has the module's path ({@code
 * layers.0.blocks.1.attn.qkv}, a block's {@code layers.0.blocks.1}, a stage's feature {@code
 * layers.0}); every other value starts with the path of the module that computes it. Linear sites
 * see rows: the attention's in the order of windows, all others tokens from left to right and top
 * to bottom. With a drop-path rate the noise placeholders must be fed, with ones to evaluate.
 *
 * <p>A classifier's {@link #FINAL_NORM} and {@link #LOGITS} hang on the last block, not on a
 * feature.
 */
public final class Swin {
  /** The image placeholder, {@code [batch, channels, height, width]}. */
  public static final String IMAGE = "image";

  /** Output of the classifier's norm, rows {@code [batch·tokens, width]}; also its role. */
  public static final String FINAL_NORM = Classifier.FINAL_NORM;

  /** Output of the classifier, {@code [batch, classes]}; also its role. */
  public static final String LOGITS = Classifier.LOGITS;

  /** Role of the activation between the two layers of an MLP. */
  public static final String MLP_ACT = Role.MLP_ACT;

  private Swin() {}

  /** Names that {@link #preset} knows, smallest first. */
  public static List<String> presets() {
    return SwinPresets.ALL.names();
  }

  /**
   * A named architecture without classifier: {@code swin-nano} for 64×64 images, the published ones
   * for 448×448; change either with {@link SwinConfig#withImage}.
   *
   * @throws InputException if there is none of that name
   */
  public static SwinConfig preset(String name) {
    return SwinPresets.ALL.named(name);
  }

  /**
   * Builds the graph and its tables.
   *
   * @param source start values, a checkpoint, or nothing for counting
   * @param type data type of parameters and activations: FLOAT, or DOUBLE to check gradients
   * @throws InputException if the image size does not fit, or the weights are not the
   *     architecture's
   */
  public static Backbone build(SwinConfig config, WeightSource source, DataType type) {
    return config.build(source, type);
  }
}
