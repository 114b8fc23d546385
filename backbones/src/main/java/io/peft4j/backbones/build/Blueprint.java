package io.peft4j.backbones.build;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.Precision;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.backbones.weights.WeightSpec;
import io.peft4j.graph.natives.NativeSetup;
import io.peft4j.graph.ops.AuditedOps;
import io.peft4j.graph.ops.NewGraph;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * An architecture worked out for its image size: what its weights must hold, and what writes its
 * graph.
 *
 * @param image the images that it takes
 * @param spec its name and its parameters
 * @param eps epsilon of its layer norms, where the weights know of no other
 * @param body writes the graph
 */
public record Blueprint(ImageInput image, WeightSpec spec, double eps, Body body) {
  /** What a family writes behind the image. */
  @FunctionalInterface
  public interface Body {
    /**
     * Writes everything.
     *
     * @param writer holds the graph, with every parameter declared, and its tables
     * @param image {@code [batch, channels, height, width]}
     */
    void write(ModuleWriter writer, SDVariable image);
  }

  /**
   * Builds the graph and its tables.
   *
   * @param source start values, a checkpoint, or nothing for counting
   * @param type data type of parameters and activations: FLOAT, or DOUBLE to check gradients
   * @throws InputException if models cannot be of the type, or the weights are not the
   *     architecture's
   */
  public Backbone build(WeightSource source, DataType type) {
    NativeSetup.prepare();
    Precision.require("backbone " + spec.backbone(), type);
    double epsilon = source.normEpsilon().orElse(eps);
    SameDiff sd = NewGraph.create();
    Backbone.Builder tables = Backbone.builder(spec.backbone(), sd, type, image);
    ModuleWriter writer =
        new ModuleWriter(sd, new AuditedOps(sd), tables, spec, source, type, epsilon);
    body.write(
        writer,
        sd.placeHolder(image.name(), type, -1, image.channels(), image.height(), image.width()));
    return tables.build();
  }
}
