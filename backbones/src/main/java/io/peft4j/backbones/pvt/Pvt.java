package io.peft4j.backbones.pvt;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Classifier;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Pyramid Vision Transformer V1 (Wang et al. 2021) with the parameter names of the public
 * checkpoints.
 *
 * <pre>{@code
 * Backbone pvt = Pvt.build(Pvt.preset("pvt-tiny"), WeightSource.file(path), DataType.FLOAT);
 * }</pre>
 *
 * <p>There are two variants, as in the original repository: the dense one for decoders, without
 * class token, and the one with it ({@link PvtConfig#withClassToken}, needed by a classifier). In
 * both a stage's feature holds the tokens of its grid after its last block, with no norm.
 *
 * <p>Names in the graph: a module's output has the module's path ({@code block1.0.attn.q}, a
 * block's {@code block1.0}, a stage's feature {@code block1}); every other value starts with the
 * path of the module that computes it. Linear sites see tokens from left to right and top to
 * bottom, after the class token if there is one. With a drop-path rate the noise placeholders must
 * be fed, with ones to evaluate.
 */
public final class Pvt {
  /** The image placeholder, {@code [batch, channels, height, width]}. */
  public static final String IMAGE = "image";

  /** Output of the classifier's norm, rows {@code [batch·(1 + tokens), width]}; also its role. */
  public static final String FINAL_NORM = Classifier.FINAL_NORM;

  /** Output of the classifier, {@code [batch, classes]}; also its role. */
  public static final String LOGITS = Classifier.LOGITS;

  private Pvt() {}

  /** Names that {@link #preset} knows, smallest first. */
  public static List<String> presets() {
    return PvtPresets.ALL.names();
  }

  /**
   * A named architecture, dense and without classifier: {@code pvt-nano} for 64×64 images, the
   * published ones for 448×448 with the position tables of 224×224 that their checkpoints hold.
   *
   * @throws InputException if there is none of that name
   */
  public static PvtConfig preset(String name) {
    return PvtPresets.ALL.named(name);
  }

  /**
   * Builds the graph and its tables.
   *
   * @param source start values, a checkpoint, or nothing for counting
   * @param type data type of parameters and activations: FLOAT, or DOUBLE to check gradients
   * @throws InputException if the image size does not fit, or the weights are not the
   *     architecture's
   */
  public static Backbone build(PvtConfig config, WeightSource source, DataType type) {
    return config.build(source, type);
  }
}
