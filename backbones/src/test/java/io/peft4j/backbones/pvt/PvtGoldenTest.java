package io.peft4j.backbones.pvt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.backbones.build.Golden;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Outputs and gradients equal those of the original code; at 96×64 its position tables are for
 * other images and are resized.
 */
class PvtGoldenTest {
  @ParameterizedTest
  @CsvSource({
    "pvt_micro_64x64, FLOAT, 1e-5",
    "pvt_micro_64x64, DOUBLE, 1e-6",
    "pvt_micro_96x64, FLOAT, 1e-5",
    "pvt_micro_96x64, DOUBLE, 1e-6",
  })
  void outputsWithClassTokenEqualTheReference(String name, DataType type, double tolerance) {
    PvtFixture fixture = PvtFixture.load(name);
    Map<String, INDArray> wanted = new LinkedHashMap<>();
    for (int s = 1; s <= 3; s++) {
      wanted.put("block" + s, fixture.rows("out/stage" + s, type));
    }
    wanted.put("block4.1", fixture.tensor("out/stage4_tokens", type));
    wanted.put(Pvt.FINAL_NORM, fixture.tensor("out/stage4_norm", type));
    wanted.put(Pvt.LOGITS, fixture.tensor("out/logits", type));
    INDArray tokens = fixture.tensor("out/stage4_tokens", type);
    INDArray grid =
        tokens.get(
            NDArrayIndex.all(), NDArrayIndex.interval(1, tokens.size(1)), NDArrayIndex.all());
    wanted.put("block4", grid);
    compare(fixture.build(type), fixture, wanted, type, tolerance);
  }

  @ParameterizedTest
  @CsvSource({
    "pvt_micro_64x64, FLOAT, 1e-5",
    "pvt_micro_64x64, DOUBLE, 1e-6",
    "pvt_micro_96x64, FLOAT, 1e-5",
    "pvt_micro_96x64, DOUBLE, 1e-6",
  })
  void denseFeaturesEqualTheReference(String name, DataType type, double tolerance) {
    PvtFixture fixture = PvtFixture.load(name);
    PvtFixture dense = fixture.with(fixture.config().withClasses(0).withClassToken(false));
    Backbone pvt = dense.build(type);
    Map<String, INDArray> wanted = new LinkedHashMap<>();
    for (int s = 0; s < 4; s++) {
      Feature feature = pvt.features().get(s);
      String golden = s < 3 ? "out/stage" + (s + 1) : "out/stage4_nocls";
      INDArray map = fixture.tensor(golden, type);
      assertEquals(map.size(1), feature.channels());
      assertEquals(map.size(2), feature.height());
      assertEquals(map.size(3), feature.width());
      wanted.put(feature.name(), fixture.rows(golden, type));
    }
    compare(pvt, fixture, wanted, type, tolerance);
  }

  private static void compare(
      Backbone pvt,
      PvtFixture fixture,
      Map<String, INDArray> wanted,
      DataType type,
      double tolerance) {
    Map<String, INDArray> got =
        pvt.graph()
            .output(Map.of(Pvt.IMAGE, fixture.tensor("input", type)), List.copyOf(wanted.keySet()));
    wanted.forEach(
        (variable, golden) -> {
          double error = Golden.error(golden, got.get(variable));
          assertTrue(error <= tolerance, "%s: error %.2e".formatted(variable, error));
        });
  }

  @ParameterizedTest
  @CsvSource({
    "pvt_micro_64x64, FLOAT, 1e-4",
    "pvt_micro_64x64, DOUBLE, 1e-6",
    "pvt_micro_96x64, FLOAT, 1e-4",
    "pvt_micro_96x64, DOUBLE, 1e-6",
  })
  void gradientsEqualTheReference(String name, DataType type, double tolerance) {
    PvtFixture fixture = PvtFixture.load(name);
    SameDiff sd = fixture.build(type).graph();
    List<String> wanted =
        fixture.tensors().keySet().stream()
            .filter(k -> k.startsWith("grad/"))
            .map(k -> k.substring("grad/".length()))
            .toList();
    assertEquals(14, wanted.size());
    // The graph is this test's own, so its constants may become variables.
    sd.convertToVariables(wanted.stream().filter(sd::hasVariable).map(sd::getVariable).toList());
    SDVariable loss = loss(sd, fixture, type);
    sd.setLossVariables(loss);
    // Without this request SameDiff leaves out the gradient of a placeholder.
    sd.createGradFunction(Pvt.IMAGE);

    List<String> variables = new ArrayList<>();
    wanted.forEach(w -> variables.add(w.equals("input") ? Pvt.IMAGE : w));
    Map<String, INDArray> images = Map.of(Pvt.IMAGE, fixture.tensor("input", type));
    Map<String, INDArray> gradients = sd.calculateGradients(images, variables);

    double lossError =
        Golden.error(fixture.tensor("out/loss", type), sd.outputSingle(images, loss.name()));
    assertTrue(lossError <= 1e-4, "loss: error %.2e".formatted(lossError));
    for (int i = 0; i < wanted.size(); i++) {
      INDArray gradient = gradients.get(variables.get(i));
      assertNotNull(gradient, "no gradient for " + variables.get(i));
      double error = Golden.error(fixture.tensor("grad/" + wanted.get(i), type), gradient);
      assertTrue(error <= tolerance, "%s: error %.2e".formatted(wanted.get(i), error));
    }
  }

  private static SDVariable loss(SameDiff sd, PvtFixture fixture, DataType type) {
    SDVariable loss = null;
    for (int s = 1; s <= 4; s++) {
      INDArray cotangent;
      if (s < 4) {
        cotangent = fixture.rows("cotangent/stage" + s, type);
      } else {
        INDArray tokens = fixture.tensor("cotangent/stage4_norm", type);
        cotangent = tokens.reshape('c', -1, tokens.size(2));
      }
      String output = s < 4 ? "block%d.1".formatted(s) : Pvt.FINAL_NORM;
      SDVariable term = sd.getVariable(output).mul(sd.constant("cotangent." + s, cotangent)).sum();
      loss = loss == null ? term : loss.add(term);
    }
    return loss.rename("loss");
  }
}
