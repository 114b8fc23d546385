package io.peft4j.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.Backbones;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.OptionText;
import io.peft4j.testkit.PublishedTasks;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** LoRA on Swin-Tiny has the published numbers; a configuration that does not fit it is refused. */
class LoraDeclaredTest {
  private static final MethodDescriptor LORA = MethodRegistry.discover().get("lora");
  private static final Backbone TINY =
      Swin.build(Swin.preset("swin-tiny"), WeightSource.shapesOnly(), DataType.FLOAT);
  private static final List<Task> PASCAL = PublishedTasks.PASCAL;

  // Σ C·D = 4,416 over the stages; qkv 4, proj 2, fc1 5 and fc2 5 times r·C
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "rank=4; 282624",
        "rank=64; 4521984",
        "rank=4 perTask=true; 1130496",
        "rank=4 targets=qkv; 70656",
        "rank=4 targets=qkv perTask=true; 282624",
        "rank=4 unfreeze=others; 1882170",
        "rank=4 unfreeze=norms; 305856",
        "rank=4 bias=lora-only; 322368", // + 39,744
        "rank=4 bias=all; 334080", // + 51,456
        "rank=4 bias=all unfreeze=norms; 345696", // norm biases once
        "rank=4 dora=true; 322368", // one magnitude per output: 9 C
        "rank=8 dora=true; 604992",
        "rank=16 dora=true; 1170240",
        "rank=32 dora=true; 2300736",
        "rank=64 dora=true; 4561728",
        "rank=64 dora=true perTask=true; 18246912",
        "rank=4 targets=qkv norm=block; 79488", // 2C a block more
        "rank=4 norm=block; 326784", // 282,624 and norms of C and of 4C inputs: 10 · 4,416
        "rank=4 init=pissa; 282624",
        "rank=4 rankPattern=qkv=8; 353280",
        "rank=4 targets=merging; 16128", // 6 r (96 + 192 + 384)
        "rank=4 targets=qkv qkvParts=q,v; 70656", // 2 · r(C + C)
        "rank=4 targets=attn stages=3; 36864", // (4 + 2) r C D
        "rank=4 exclude=mlp; 105984",
      })
  void declaredNumbers(String options, long numbers) {
    assertEquals(numbers, bind(options).declaredParameters().orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({"swin-tiny, 317952", "pvt-small, 299520"}) // 4 · 79,488 and 4 · 74,880
  void theRowOfPolyhistorsBenchmark(String name, long numbers) {
    Backbone backbone = Backbones.named(name).build(WeightSource.shapesOnly(), DataType.FLOAT);
    Map<String, String> options = LORA.presetOptions("polyhistor", name, Map.of());
    ParameterReport report = Peft.adapt(backbone, "lora", options, PASCAL).parameters();
    assertEquals(numbers, report.adapter());
    assertEquals(numbers, report.backboneTrainable());
  }

  @Test
  void theGraphHoldsThePublishedNumbersWithoutAnyArray() {
    Map<String, String> options = Map.of("rank", "4", "init", "pissa", "unfreeze", "others");
    ParameterReport report = Peft.adapt(TINY, "lora", options, PASCAL).parameters();
    assertEquals(282_624, report.adapter());
    assertEquals(282_624 + 1_599_546, report.backboneTrainable());
    assertEquals(27_517_818 + 282_624, report.total());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "rank=97; rank 97 is larger than site layers.0.blocks.0.attn.qkv allows (288 outputs, 96"
            + " inputs: at most 96)",
        "rankPattern=fc3=2; rankPattern: 'fc3' matches no linear site of swin-tiny; did you mean",
        "alphaPattern=qvk=2; alphaPattern: 'qvk' matches no linear site",
        "targets=kqv; 'kqv' matches no linear site of swin-tiny; did you mean 'qkv'?",
        "targets=mlp qkvParts=q; qkvParts: none of the selected sites of swin-tiny is a fused qkv",
        "norm=block dora=true; norm block: dora works on the weight",
        "norm=block init=pissa; norm block: init pissa works on the weight",
        "stages=4; stage 4: swin-tiny has stages 0 to 3",
        "exclude=attn+mlp; leave no site",
      })
  void whatDoesNotFitTheBackboneIsRefused(String options, String message) {
    InputException error = assertThrows(InputException.class, () -> bind(options));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  @Test
  void aRankPatternMendsOneSite() {
    assertTrue(
        bind("rank=192 targets=layers.1.blocks.0.attn.proj,patch_embed rankPattern=patch_embed=4")
            .declaredParameters()
            .isPresent());
  }

  private static Rewrite bind(String options) {
    return LORA.method().bind(LORA.configure(OptionText.parse(options)), TINY, PASCAL);
  }
}
