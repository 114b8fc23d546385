package io.peft4j.baselines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
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
import org.jspecify.annotations.Nullable;
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

  /**
   * A method trains so many numbers of the backbone and of its own, by its formula and in the
   * graph.
   *
   * @param options as of {@link #count}; null for none, as JUnit reads an empty column
   */
  public static void assertTrains(
      long numbers, String backbone, String method, @Nullable String options) {
    assertTrains(numbers, count(backbone, method, options == null ? "" : options));
  }

  /** As {@link #assertTrains(long, String, String, String)}, for a model. */
  public static void assertTrains(long numbers, PeftModel model) {
    assertEquals(numbers, model.rewrite().declaredParameters().orElseThrow());
    assertEquals(numbers, model.parameters().backboneTrainable());
  }

  /** Swin-Tiny refuses options that do not fit it, with a message that has this part. */
  public static void assertRefused(String message, String method, String options) {
    InputException error =
        assertThrows(InputException.class, () -> count("swin-tiny", method, options));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  /** A method on a backbone without arrays, as the benchmark behind the published rows sets it. */
  public static PeftModel preset(String backbone, String method) {
    Backbone counted = Backbones.named(backbone).build(WeightSource.shapesOnly(), DataType.FLOAT);
    Map<String, String> options =
        MethodRegistry.discover().get(method).presetOptions("polyhistor", counted.id(), Map.of());
    return Peft.adapt(counted, method, options, PASCAL);
  }
}
