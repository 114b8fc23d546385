package io.peft4j.mtlora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.api.select.ParamGroup;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.registry.MethodDescriptor;
import io.peft4j.graph.registry.MethodRegistry;
import io.peft4j.testkit.MicroBackbones;
import io.peft4j.testkit.OptionText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Options as a user types them: the defaults, and what is refused, alone or by a backbone. */
class MtloraConfigTest {
  private static final MethodDescriptor MTLORA = MethodRegistry.discover().get("mtlora");
  private static final List<Task> TASKS = List.of(new Task("semseg", 3), new Task("sal", 1));

  @Test
  void defaultsAreThoseOfThePublishedCode() {
    MtloraConfig config = (MtloraConfig) MTLORA.configure(Map.of());
    assertEquals(16, config.sharedRank());
    assertEquals(4, config.taskRank());
    assertEquals(4.0, config.scale());
    assertEquals(0.05, config.dropout());
    assertEquals(MtloraConfig.Form.REFERENCE, config.form());
    assertEquals(List.of(ParamGroup.OTHERS), config.unfreeze());
    assertTrue(config.qkv() && config.proj() && config.fc1() && config.fc2());
    assertFalse(config.mergingLora() || config.splitQkv());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "sharedRank=0; sharedRank 0 must be at least 1",
        "taskRank=0; taskRank 0 must be at least 1",
        "scale=0; scale 0.0 must be positive and finite",
        "dropout=-0.5; dropout -0.5 must lie in [0, 1)",
        "form=paperr; option form: 'paperr' is not one of reference|paper|v2|addition",
        "qkv=false proj=false fc1=false fc2=false; no layer is adapted",
        "qkv=false splitQkv=true; splitQkv true needs qkv",
        "mergingLora=true unfreeze=norms,merging; unfreeze names merging",
        "rank=4; unknown option 'rank'",
        "shared-rnk=4; did you mean 'sharedRank'?",
      })
  void valuesOutOfRangeAreRefused(String options, String message) {
    assertRefused(message, () -> MTLORA.configure(OptionText.parse(options)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "sharedRank=25; sharedRank 25 is larger than site layers.0.blocks.0.attn.qkv allows (72"
            + " outputs, 24 inputs: at most 24)",
        "taskRank=25; taskRank 25 is larger than site layers.0.blocks.1.attn.proj allows",
        "rankPerTask=sal=99; rankPerTask sal 99 is larger than site layers.0.blocks.1.attn.proj",
        "rankPerTask=semsge=2; rankPerTask: no task 'semsge'; did you mean 'semseg'?",
        "scalePerTask=edge=2.0; scalePerTask: no task 'edge'; known: sal, semseg",
      })
  void whatDoesNotFitTheBackboneIsRefused(String options, String message) {
    Backbone nano = Swin.build(Swin.preset("swin-nano"), WeightSource.shapesOnly(), DataType.FLOAT);
    Record config = MTLORA.configure(OptionText.parse(options));
    assertRefused(message, () -> MTLORA.method().bind(config, nano, TASKS));
  }

  @Test
  void aSiteThatABackboneLacksIsNamed() {
    Backbone pvt = MicroBackbones.pvt().buildForCounting();
    Record config = MTLORA.configure(OptionText.parse("sharedRank=2 mergingLora=true"));
    assertRefused(
        "mergingLora is true, but pvt-micro has no linear site with role downsample.reduction; set"
            + " mergingLora=false",
        () -> MTLORA.method().bind(config, pvt, TASKS));
  }

  @Test
  void aStageOfOneBlockBehindAMergingIsRefused() {
    Backbone flat =
        Swin.build(
            Swin.preset("swin-nano").withStages(24, List.of(2, 1), List.of(1, 2)),
            WeightSource.shapesOnly(),
            DataType.FLOAT);
    assertRefused(
        "has one block; where a merging comes before, mtlora needs two or more",
        () -> MTLORA.method().bind(MTLORA.configure(Map.of()), flat, TASKS));
  }

  private static void assertRefused(
      String message, org.junit.jupiter.api.function.Executable executable) {
    InputException error = assertThrows(InputException.class, executable);
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }
}
