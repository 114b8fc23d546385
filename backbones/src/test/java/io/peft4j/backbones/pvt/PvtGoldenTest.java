package io.peft4j.backbones.pvt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.backbones.build.Golden;
import io.peft4j.backbones.build.GoldenModel;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Outputs and gradients equal those of the original code; at 96×64 its position tables are for
 * other images and are resized.
 */
class PvtGoldenTest {
  @Retention(RetentionPolicy.RUNTIME)
  @ParameterizedTest
  @CsvSource({
    "pvt_micro_64x64, FLOAT",
    "pvt_micro_64x64, DOUBLE",
    "pvt_micro_96x64, FLOAT",
    "pvt_micro_96x64, DOUBLE",
  })
  private @interface OnEveryFixture {}

  @OnEveryFixture
  void outputsWithClassTokenEqualTheReference(String name, DataType type) {
    GoldenModel<PvtConfig> golden = PvtFixture.load(name);
    Map<String, INDArray> wanted = new LinkedHashMap<>();
    for (int s = 1; s <= 3; s++) {
      wanted.put("block" + s, golden.rowsOfMap("out/stage" + s, type));
    }
    wanted.put("block4.1", golden.tensor("out/stage4_tokens", type));
    wanted.put(Pvt.FINAL_NORM, golden.tensor("out/stage4_norm", type));
    wanted.put(Pvt.LOGITS, golden.tensor("out/logits", type));
    INDArray tokens = golden.tensor("out/stage4_tokens", type);
    INDArray grid =
        tokens.get(
            NDArrayIndex.all(), NDArrayIndex.interval(1, tokens.size(1)), NDArrayIndex.all());
    wanted.put("block4", grid);
    Golden.assertOutputs(golden.build(type), golden.input(type), wanted, tolerance(type));
  }

  @OnEveryFixture
  void denseFeaturesEqualTheReference(String name, DataType type) {
    GoldenModel<PvtConfig> golden = PvtFixture.load(name);
    Backbone pvt =
        golden.with(golden.architecture().withClasses(0).withClassToken(false)).build(type);
    Map<String, INDArray> wanted = new LinkedHashMap<>();
    for (int s = 0; s < 4; s++) {
      Feature feature = pvt.features().get(s);
      String stage = s < 3 ? "out/stage" + (s + 1) : "out/stage4_nocls";
      INDArray map = golden.tensor(stage, type);
      assertEquals(map.size(1), feature.channels());
      assertEquals(map.size(2), feature.height());
      assertEquals(map.size(3), feature.width());
      wanted.put(feature.name(), golden.rowsOfMap(stage, type));
    }
    Golden.assertOutputs(pvt, golden.input(type), wanted, tolerance(type));
  }

  private static double tolerance(DataType type) {
    return type == DataType.DOUBLE ? 1e-6 : 1e-5;
  }

  @OnEveryFixture
  void gradientsEqualTheReference(String name, DataType type) {
    GoldenModel<PvtConfig> golden = PvtFixture.load(name);
    Map<String, INDArray> cotangents = new LinkedHashMap<>();
    for (int s = 1; s <= 3; s++) {
      cotangents.put("block%d.1".formatted(s), golden.rowsOfMap("cotangent/stage" + s, type));
    }
    cotangents.put(Pvt.FINAL_NORM, golden.rowsOfTokens("cotangent/stage4_norm", type));
    golden.assertGradients(14, cotangents, type, type == DataType.DOUBLE ? 1e-6 : 1e-4);
  }
}
