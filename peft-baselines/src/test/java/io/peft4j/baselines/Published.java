package io.peft4j.baselines;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.OptionText;
import io.peft4j.testkit.PublishedTasks;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/** The setting of the published counts: Swin-Tiny or PVT-Small, four PASCAL tasks. */
public final class Published {
  /** The tasks. */
  public static final List<Task> PASCAL = PublishedTasks.PASCAL;

  private Published() {}

  /** A method on a backbone without arrays; options as {@code name=value}, blanks between. */
  public static PeftModel count(String backbone, String method, String options) {
    Backbone counted = Backbones.named(backbone).build(WeightSource.shapesOnly(), DataType.FLOAT);
    return Peft.adapt(counted, method, OptionText.parse(options), PASCAL);
  }

  /** A method on a backbone without arrays, as the benchmark behind the published rows sets it. */
  public static PeftModel preset(String backbone, String method) {
    Backbone counted = Backbones.named(backbone).build(WeightSource.shapesOnly(), DataType.FLOAT);
    Map<String, String> options =
        MethodRegistry.discover().get(method).presetOptions("polyhistor", counted.id(), Map.of());
    return Peft.adapt(counted, method, options, PASCAL);
  }
}
