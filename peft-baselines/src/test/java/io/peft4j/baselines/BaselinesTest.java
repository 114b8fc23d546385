package io.peft4j.baselines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.method.Training;
import io.peft4j.api.routing.Stream;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.PublishedTasks;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** The baselines on Swin-Tiny have the published numbers, by formula and in the graph. */
class BaselinesTest {
  private static final MethodRegistry METHODS = MethodRegistry.discover();
  private static final Backbone TINY =
      Swin.build(Swin.preset("swin-tiny"), WeightSource.shapesOnly(), DataType.FLOAT);
  private static final List<Task> PASCAL = PublishedTasks.PASCAL;

  @ParameterizedTest
  @CsvSource({
    "decoders-only, , 0",
    "full, , 27517818",
    "full, perTask, 110071272",
    "bitfit, , 74778", // 51,456 biases and 23,322 position bias
    "bitfit, perTask, 299112",
  })
  void publishedNumbers(String id, String flag, long numbers) {
    Map<String, String> options = flag == null ? Map.of() : Map.of(flag, "true");
    PeftModel model = Peft.adapt(TINY, id, options, PASCAL);
    Published.assertTrains(numbers, model);
    assertEquals(0, model.parameters().adapter());
  }

  @Test
  void bitFitWithoutPositionBiasTrainsBiasesAlone() {
    Rewrite rewrite = bind("bitfit", Map.of("positionBias", "false"));
    assertEquals(51_456, rewrite.declaredParameters().orElseThrow());
    for (Param param : TINY.params()) {
      Training expected = param.path().endsWith(".bias") ? Training.TRAINED : Training.FROZEN;
      assertEquals(expected, rewrite.training(param, Stream.SHARED), param.path());
    }
  }

  @Test
  void perTaskEveryTaskHasItsOwnCopies() {
    Param bias = TINY.param("layers.0.blocks.0.attn.qkv.bias");
    Rewrite rewrite = bind("bitfit", Map.of("perTask", "true"));
    Stream sal = Stream.of("sal");
    assertEquals(Training.PER_STREAM, rewrite.training(bias, sal));
    assertEquals(sal, rewrite.router().route(bias.place(), sal));
  }

  @ParameterizedTest
  @CsvSource({
    "full, per_tasks, true, did you mean 'perTask'",
    "full, perTask, 1, option perTask: '1' is not one of true|false",
    "decoders-only, perTask, true, there are no options",
    "bitfit, positonBias, true, did you mean 'positionBias'",
  })
  void wrongOptionsAreRefused(String id, String option, String value, String message) {
    MethodDescriptor method = METHODS.get(id);
    InputException error =
        assertThrows(InputException.class, () -> method.configure(Map.of(option, value)));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  private static Rewrite bind(String id, Map<String, String> options) {
    MethodDescriptor method = METHODS.get(id);
    return method.method().bind(method.configure(options), TINY, PASCAL);
  }
}
