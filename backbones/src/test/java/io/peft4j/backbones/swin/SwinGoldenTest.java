package io.peft4j.backbones.swin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.build.GoldenModel;
import io.peft4j.backbones.build.Padding;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Outputs and gradients equal those of the reference implementations. */
class SwinGoldenTest {
  @ParameterizedTest
  @CsvSource({
    "swin_micro_64x64, REFUSE, FLOAT, 1e-5",
    "swin_micro_64x64, REFUSE, DOUBLE, 1e-6",
    "swin_micro_128x64, REFUSE, FLOAT, 1e-5",
    "swin_micro_128x64, REFUSE, DOUBLE, 1e-6",
    "swin_micro_b_128x128, REFUSE, FLOAT, 1e-5",
    "swin_micro_b_128x128, REFUSE, DOUBLE, 1e-6",
    "swin_micro_b_128x128, PAD, FLOAT, 1e-5",
    "swin_micro_b_pad_72x56, PAD, FLOAT, 1e-5",
    "swin_micro_b_pad_72x56, PAD, DOUBLE, 1e-6",
  })
  void outputsEqualTheReference(String name, Padding padding, DataType type, double tolerance) {
    GoldenModel<SwinConfig> golden = SwinFixture.load(name, padding);
    Backbone swin = golden.build(type);
    Map<String, INDArray> wanted = new LinkedHashMap<>();
    outputs(swin)
        .forEach(
            (variable, tensor) -> {
              // Not every fixture holds the features after merging.
              if (golden.tensors().containsKey(tensor)) {
                wanted.put(variable, golden.tensor(tensor, type));
              }
            });
    assertTrue(wanted.size() >= 6, "values compared: " + wanted.keySet());
    Golden.assertOutputs(swin, golden.input(type), wanted, tolerance);
  }

  /** Variables of the graph and the fixture's name for them. */
  private static Map<String, String> outputs(Backbone swin) {
    Map<String, String> outputs = new LinkedHashMap<>();
    for (int s = 0; s < 4; s++) {
      outputs.put("layers." + s + ".blocks.1", "out/stage%d_pre".formatted(s + 1));
      outputs.put(swin.features().get(s).name(), "out/stage%d_post".formatted(s + 1));
    }
    outputs.put(Swin.FINAL_NORM, "out/stage4_norm");
    outputs.put(Swin.LOGITS, "out/logits");
    return outputs;
  }

  @ParameterizedTest
  @CsvSource({
    "swin_micro_64x64, FLOAT",
    "swin_micro_64x64, DOUBLE",
    "swin_micro_128x64, DOUBLE",
    "swin_micro_b_128x128, DOUBLE",
  })
  void gradientsEqualTheReference(String name, DataType type) {
    GoldenModel<SwinConfig> golden = SwinFixture.load(name, Padding.REFUSE);
    Map<String, INDArray> cotangents = new LinkedHashMap<>();
    for (int s = 0; s < 3; s++) {
      cotangents.put(
          "layers.%d.blocks.1".formatted(s),
          golden.rowsOfTokens("cotangent/stage%d_pre".formatted(s + 1), type));
    }
    cotangents.put(Swin.FINAL_NORM, golden.rowsOfTokens("cotangent/stage4_norm", type));
    golden.assertGradients(12, cotangents, type, type == DataType.DOUBLE ? 1e-6 : 1e-4);
  }

  @Test
  void trailingPixelsThatDoNotFillAPatchAreLeftOut() {
    GoldenModel<SwinConfig> golden = SwinFixture.load("swin_micro_b_pad_72x56", Padding.PAD);
    Backbone swin = golden.with(golden.architecture().withImage(75, 57)).build(DataType.FLOAT);
    INDArray image = Nd4j.ones(DataType.FLOAT, 2, 3, 75, 57);
    image.put(
        new INDArrayIndex[] {
          NDArrayIndex.all(),
          NDArrayIndex.all(),
          NDArrayIndex.interval(0, 72),
          NDArrayIndex.interval(0, 56)
        },
        golden.input(DataType.FLOAT));

    Map<String, INDArray> wanted = Map.of(Swin.LOGITS, golden.tensor("out/logits", DataType.FLOAT));
    Golden.assertOutputs(swin, image, wanted, 1e-5);
    Feature first = swin.features().get(0);
    assertEquals(9, first.height());
    assertEquals(7, first.width());
  }
}
