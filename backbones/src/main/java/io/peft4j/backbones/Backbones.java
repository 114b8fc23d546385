package io.peft4j.backbones;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.backbones.build.Padding;
import io.peft4j.backbones.build.Presets;
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
  private static final Presets<Architecture> ALL =
      Presets.of(
          ImmutableList.<Architecture>builder()
              .addAll(Lists.transform(Swin.presets(), Swin::preset))
              .addAll(Lists.transform(Pvt.presets(), Pvt::preset))
              .build());

  private Backbones() {}

  /** Every name, by family, smallest first. */
  public static List<String> names() {
    return ALL.names();
  }

  /**
   * A named architecture without classifier, for the image size of its preset.
   *
   * @throws InputException if there is none of that name in any family
   */
  public static Architecture named(String name) {
    return ALL.named(name);
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
