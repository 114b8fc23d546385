package io.peft4j.backbones.build;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.backbones.weights.WeightSource;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** Dimensions of a backbone of any family, for one image size; immutable. */
public interface Architecture {
  /** Name of the architecture, such as {@code swin-tiny}. */
  String id();

  /** Height of the image in pixels. */
  int imageHeight();

  /** Width of the image in pixels. */
  int imageWidth();

  /** What happens to sizes that do not divide. */
  Padding padding();

  /** The same for images of another size in pixels. */
  Architecture withImage(int height, int width);

  /** The same with another treatment of sizes that do not divide. */
  Architecture withPadding(Padding value);

  /**
   * What it is for its image size.
   *
   * @throws InputException if the image size does not fit
   */
  Blueprint blueprint();

  /**
   * The parameters, without building the graph.
   *
   * @throws InputException if the image size does not fit
   */
  default List<Param> params() {
    return blueprint().spec().params();
  }

  /**
   * Checks that weights fit, without building the graph.
   *
   * @throws InputException if the image size does not fit, or the weights are not the
   *     architecture's, naming every missing, unexpected or misshapen tensor
   */
  default void check(WeightSource source) {
    source.check(blueprint().spec());
  }

  /**
   * Builds the graph and its tables.
   *
   * @param source start values, a checkpoint, or nothing for counting
   * @param type data type of parameters and activations: FLOAT, or DOUBLE to check gradients
   * @throws InputException if the image size does not fit, or the weights are not the
   *     architecture's
   */
  default Backbone build(WeightSource source, DataType type) {
    return blueprint().build(source, type);
  }
}
