package io.peft4j.backbones.swin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.build.Padding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Outputs and gradients equal those of the reference implementations. */
class SwinGoldenTest {
  private static final double GRADIENT_TOLERANCE = 1e-4;

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
    SwinFixture fixture = SwinFixture.load(name, padding);
    Backbone swin = fixture.build(type);
    Map<String, String> wanted = outputs(swin);
    // Not every fixture holds the features after merging.
    wanted.values().removeIf(golden -> !fixture.tensors().containsKey(golden));
    assertTrue(wanted.size() >= 6, "values compared: " + wanted);

    Map<String, INDArray> got =
        swin.graph()
            .output(
                Map.of(Swin.IMAGE, fixture.tensor("input", type)), List.copyOf(wanted.keySet()));

    wanted.forEach(
        (variable, golden) -> {
          double error = Golden.error(fixture.tensor(golden, type), got.get(variable));
          assertTrue(error <= tolerance, "%s: error %.2e".formatted(golden, error));
        });
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
    SwinFixture fixture = SwinFixture.load(name, Padding.REFUSE);
    SameDiff sd = fixture.build(type).graph();
    List<String> wanted =
        fixture.tensors().keySet().stream()
            .filter(k -> k.startsWith("grad/"))
            .map(k -> k.substring("grad/".length()))
            .toList();
    assertEquals(12, wanted.size());
    // The graph is this test's own, so its constants may become variables.
    sd.convertToVariables(wanted.stream().filter(sd::hasVariable).map(sd::getVariable).toList());
    SDVariable loss = loss(sd, fixture, type);
    sd.setLossVariables(loss);
    // Without this request SameDiff leaves out the gradient of a placeholder.
    sd.createGradFunction(Swin.IMAGE);

    List<String> variables = new ArrayList<>();
    wanted.forEach(w -> variables.add(w.equals("input") ? Swin.IMAGE : w));
    Map<String, INDArray> images = Map.of(Swin.IMAGE, fixture.tensor("input", type));
    Map<String, INDArray> gradients = sd.calculateGradients(images, variables);

    double lossError =
        Golden.error(fixture.tensor("out/loss", type), sd.outputSingle(images, loss.name()));
    assertTrue(lossError <= 1e-4, "loss: error %.2e".formatted(lossError));
    for (int i = 0; i < wanted.size(); i++) {
      INDArray golden = fixture.tensor("grad/" + wanted.get(i), type);
      INDArray gradient = gradients.get(variables.get(i));
      assertNotNull(
          gradient, "no gradient for " + variables.get(i) + " among " + gradients.keySet());
      double error = Golden.error(golden, gradient);
      double allowed = type == DataType.DOUBLE ? 1e-6 : GRADIENT_TOLERANCE;
      assertTrue(error <= allowed, "%s: error %.2e".formatted(wanted.get(i), error));
    }
  }

  private static SDVariable loss(SameDiff sd, SwinFixture fixture, DataType type) {
    SDVariable loss = null;
    for (int s = 1; s <= 4; s++) {
      String output = s < 4 ? "layers.%d.blocks.1".formatted(s - 1) : Swin.FINAL_NORM;
      INDArray cotangent =
          fixture.tensor("cotangent/stage%d_%s".formatted(s, s < 4 ? "pre" : "norm"), type);
      INDArray rows = cotangent.reshape('c', -1, cotangent.size(2));
      SDVariable term = sd.getVariable(output).mul(sd.constant("cotangent." + s, rows)).sum();
      loss = loss == null ? term : loss.add(term);
    }
    return loss.rename("loss");
  }

  @Test
  void trailingPixelsThatDoNotFillAPatchAreLeftOut() {
    SwinFixture fixture = SwinFixture.load("swin_micro_b_pad_72x56", Padding.PAD);
    SwinFixture larger =
        new SwinFixture(fixture.config().withImage(75, 57), fixture.weights(), fixture.tensors());
    Backbone swin = larger.build(DataType.FLOAT);
    INDArray image = Nd4j.ones(DataType.FLOAT, 2, 3, 75, 57);
    image.put(
        new INDArrayIndex[] {
          NDArrayIndex.all(),
          NDArrayIndex.all(),
          NDArrayIndex.interval(0, 72),
          NDArrayIndex.interval(0, 56)
        },
        fixture.tensor("input", DataType.FLOAT));

    INDArray logits = swin.graph().outputSingle(Map.of(Swin.IMAGE, image), Swin.LOGITS);

    double error = Golden.error(fixture.tensor("out/logits", DataType.FLOAT), logits);
    assertTrue(error <= 1e-5, "error " + error);
    Feature first = swin.features().get(0);
    assertEquals(9, first.height());
    assertEquals(7, first.width());
  }
}
