package io.peft4j.backbones;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.pvt.Pvt;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The named architectures of all families.
 *
 * <pre>{@code
 * Backbone pvt = Backbones.named("pvt-tiny").build(WeightSource.file(path), DataType.FLOAT);
 * }</pre>
 */
public final class Backbones {
  private static final ImmutableList<String> NAMES =
      ImmutableList.<String>builder().addAll(Swin.presets()).addAll(Pvt.presets()).build();

  private Backbones() {}

  /** Every name, by family, smallest first. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * A named architecture without classifier, for the image size of its preset.
   *
   * @throws InputException if there is none of that name in any family
   */
  public static Architecture named(String name) {
    if (Swin.presets().contains(name)) {
      return Swin.preset(name);
    }
    if (Pvt.presets().contains(name)) {
      return Pvt.preset(name);
    }
    throw new InputException("no backbone '%s'%s".formatted(name, NearestName.hint(name, NAMES)));
  }

  /**
   * Builds a named architecture.
   *
   * @param height height of the image in pixels
   * @param width width of the image in pixels
   * @param padding what happens to sizes that do not divide
   * @param source start values, a checkpoint, or nothing for counting
   * @param type data type of parameters and activations
   * @throws InputException if the name is unknown, the size does not fit, or the weights are not
   *     the architecture's
   */
  public static Backbone build(
      String name, int height, int width, Padding padding, WeightSource source, DataType type) {
    return named(name).withImage(height, width).withPadding(padding).build(source, type);
  }
}
