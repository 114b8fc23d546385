package io.peft4j.baselines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.pvt.Pvt;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.PublishedTasks;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What the multi-task benchmark of Polyhistor trains inside the encoder, by formula and in the
 * graph; decoders and output norms come on top.
 */
class PublishedCountsTest {
  private static final MethodRegistry METHODS = MethodRegistry.discover();
  private static final Backbone SWIN =
      Swin.build(Swin.preset("swin-tiny"), WeightSource.shapesOnly(), DataType.FLOAT);
  private static final Backbone PVT =
      Pvt.build(Pvt.preset("pvt-small"), WeightSource.shapesOnly(), DataType.FLOAT);
  private static final List<Task> PASCAL = PublishedTasks.PASCAL;

  @ParameterizedTest
  @CsvSource({
    "adapter, 8688000", // 4 · 2,172,000
    "compacter, 229888", // 4 · 57,472
    "compacter-plus, 115072", // 4 · 28,768
    "vl-adapter, 2195232", // 2,172,000 + 23,232
    "hyperformer, 72772304",
    "polyhistor, 6410684",
    "polyhistor-lite, 413552",
  })
  void onSwinTiny(String method, long numbers) {
    check(SWIN, method, Map.of(), numbers);
  }

  @ParameterizedTest
  @CsvSource({
    "adapter, 790288", // 4 · 197,572
    "compacter, 172896", // 4 · 43,224
    "compacter-plus, 86576", // 4 · 21,644
    "hyperformer, 14028996",
    "polyhistor, 5206156",
  })
  void onPvtSmall(String method, long numbers) {
    check(PVT, method, Map.of(), numbers);
  }

  @ParameterizedTest
  @CsvSource({"4, 280952", "8, 228692", "16, 199442"})
  void otherReductionsOfPolyhistorLite(int reduction, long numbers) {
    check(SWIN, "polyhistor-lite", Map.of("reduction", "" + reduction), numbers);
  }

  @Test
  void polyhistorLiteHasNoKernelForTheThirdStageOfPvtSmall() {
    InputException error =
        assertThrows(InputException.class, () -> check(PVT, "polyhistor-lite", Map.of(), 0));
    assertTrue(
        error.getMessage().contains("pvt-small: the 320 channels of site block3.0.mlp.out are 5"),
        error.getMessage());
  }

  @Test
  void twoAdaptersABlockWithAQuarterOfTheChannelsAreNotTheRow() {
    check(SWIN, "adapter", Map.of("positions", "attention,mlp", "reduction", "4"), 8_740_992);
  }

  private static void check(
      Backbone backbone, String method, Map<String, String> options, long numbers) {
    Map<String, String> preset =
        METHODS.get(method).presetOptions("polyhistor", backbone.id(), options);
    PeftModel model = Peft.adapt(backbone, method, preset, PASCAL);
    assertEquals(numbers, model.rewrite().declaredParameters().orElseThrow());
    assertEquals(numbers, model.parameters().trainable());
  }
}
