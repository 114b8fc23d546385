package io.peft4j.backbones.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.swin.SwinConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * torchvision's Swin, saved by PyTorch in each of its formats, computes here what it does there.
 */
class TorchvisionGoldenTest {
  private static final SwinConfig CONFIG =
      Swin.preset("swin-tiny")
          .withId("torchvision-tiny")
          .withStages(8, List.of(2, 1, 2), List.of(1, 2, 4))
          .withWindowSize(4)
          .withImage(64, 64)
          .withClasses(5);

  @ParameterizedTest
  @CsvSource({
    "torch_swin_zip.pth, 1e-5",
    "torch_swin_stream.pth, 1e-5",
    "torch_swin_tar.pth, 1e-5",
    // Half precision keeps 11 bits of each weight.
    "torch_swin_training.pth, 2e-2",
  })
  void featuresAndLogitsEqual(String file, double tolerance) {
    Map<String, INDArray> golden = Safetensors.read(Golden.file("torch_swin.safetensors"));
    Backbone swin = Swin.build(CONFIG, WeightSource.file(Golden.file(file)), DataType.FLOAT);
    Map<String, INDArray> wanted =
        ImmutableMap.of(
            swin.features().get(0).name(),
            golden.get("out/stage1"),
            swin.features().get(1).name(),
            golden.get("out/stage2"),
            swin.features().get(2).name(),
            golden.get("out/stage3"),
            Swin.LOGITS,
            golden.get("out/logits"));
    Golden.assertOutputs(swin, golden.get("input"), wanted, tolerance);
  }

  @Test
  void aClassifierThatIsNotBuiltIsLeft() {
    Backbone swin =
        Swin.build(
            CONFIG.withClasses(0),
            WeightSource.file(Golden.file("torch_swin_zip.pth")),
            DataType.FLOAT);
    assertEquals(3, swin.features().stream().map(Feature::name).distinct().count());
  }

  /** Shapes that differ are named under both names. */
  @Test
  void anotherArchitectureIsRefused() {
    WeightSource source = WeightSource.file(Golden.file("torch_swin_zip.pth"));
    SwinConfig wider = CONFIG.withStages(8, List.of(2, 2, 2), List.of(1, 2, 4)).withMlpRatio(2);
    InputException e = assertThrows(InputException.class, () -> wider.check(source));
    for (String part :
        List.of(
            "missing: layers.1.blocks.1.norm1.weight (features.3.1.norm1.weight)",
            "layers.0.blocks.0.mlp.fc1.weight (features.1.0.mlp.0.weight) is [32, 8], needed [16, 8]",
            "taken for: torchvision")) {
      assertTrue(e.getMessage().contains(part), part + " in: " + e.getMessage());
    }
  }
}
