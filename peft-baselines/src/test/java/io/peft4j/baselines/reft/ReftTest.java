package io.peft4j.baselines.reft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.routing.Task;
import io.peft4j.baselines.Published;
import io.peft4j.baselines.oracle.SiteOracle;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.testkit.MicroBackbones;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Counts, orthonormal projections, and settings that do not fit. */
class ReftTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "stages=0 blocks=0; 772", // counted from the authors' class: C = 96, r = 4
        "stages=3 blocks=0 rank=8; 12296", // C = 768, r = 8
        "rank=4; 35376",
        "rank=8 at=mlp; 70752",
        "rank=64 at=attention; 566016",
        "rank=4 at=linear; 318144",
        "rank=64 at=linear; 5090304",
        "rank=4 perTask=true; 141504",
        "rank=4 form=consreft; 17712", // Σ rC + r
        "rank=4 form=direft tokens=f1; 35376",
      })
  void numbersOnSwinTiny(String options, long numbers) {
    Published.assertTrains(numbers, "swin-tiny", "reft", options);
  }

  @ParameterizedTest
  @ValueSource(strings = {"loreft", "consreft"})
  void projectionsStartOrthonormalAndAreBroughtBackAfterAStep(String form) {
    PeftModel model = model(Map.of("form", form, "perTask", "true", "rank", "3"));
    checkRotations(model, 3);
    model.arrays().forEach((name, a) -> a.addi(random(name, a).muli(0.1)));
    Map<String, INDArray> moved = new java.util.HashMap<>();
    model.arrays().forEach((name, a) -> moved.put(name, a.dup()));
    model.afterStep(1, Map.of());
    checkRotations(model, 3);
    model
        .arrays()
        .forEach(
            (name, a) -> assertEquals(name.contains("rotation"), !a.equals(moved.get(name)), name));
  }

  @Test
  void aTaskMayBeCalledAsTheProjectionIs() {
    PeftModel model =
        Peft.adapt(
            MicroBackbones.swin().build(DataType.FLOAT),
            "reft",
            Map.of("perTask", "true"),
            List.of(new Task("reft_rotation", 1)));
    model.arrays().forEach((name, a) -> a.addi(random(name, a).muli(0.1)));
    Map<String, INDArray> moved = new java.util.HashMap<>();
    model.arrays().forEach((name, a) -> moved.put(name, a.dup()));
    model.afterStep(1, Map.of());
    model
        .arrays()
        .forEach(
            (name, a) ->
                assertEquals(
                    name.contains(".reft_rotation.reft_rotation"),
                    !a.equals(moved.get(name)),
                    name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"noreft", "direft"})
  void freeProjectionsAreLeftAlone(String form) {
    PeftModel model = model(Map.of("form", form));
    Map<String, INDArray> before = new java.util.HashMap<>();
    model.arrays().forEach((name, a) -> before.put(name, a.dup()));
    model.afterStep(1, Map.of());
    model.arrays().forEach((name, a) -> assertEquals(before.get(name), a, name));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "rank=97; rank 97 is larger than the 96 channels of site layers.0.blocks.0.out",
        "stages=4; stages [4] and blocks [] leave no tap 'block.out' of swin-tiny",
        "tokens=f100+l97; site layers.3.blocks.0.out has 196 tokens",
        "at=linear targets=fc3; did you mean",
      })
  void whatDoesNotFitIsRefused(String options, String message) {
    Published.assertRefused(message, "reft", options);
  }

  private static INDArray random(String name, INDArray like) {
    return SiteOracle.normal(name.hashCode(), like.shape()).castTo(like.dataType());
  }

  private static PeftModel model(Map<String, String> options) {
    return Peft.adapt(
        MicroBackbones.swin().build(DataType.FLOAT),
        "reft",
        options,
        Published.PASCAL.subList(0, 2));
  }

  private static void checkRotations(PeftModel model, int rank) {
    long found =
        model.arrays().entrySet().stream()
            .filter(e -> e.getKey().contains("rotation"))
            .peek(
                e -> {
                  INDArray r = e.getValue().castTo(DataType.DOUBLE);
                  INDArray error = r.mmul(r.transpose()).sub(Nd4j.eye(rank));
                  assertEquals(0, error.amaxNumber().doubleValue(), 1e-6, e.getKey());
                })
            .count();
    assertEquals(8, found, "four blocks of two tasks");
  }
}
