package io.peft4j.baselines.vpt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Iterables;
import io.peft4j.baselines.Published;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.testkit.MicroBackbones;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The published numbers, and how prompts start. */
class VptCountTest {
  @ParameterizedTest
  @CsvSource({
    "vpt-shallow, swin-tiny, 19200",
    "vpt-deep, swin-tiny, 883200",
    "vpt-shallow, pvt-small, 12800",
    "vpt-deep, pvt-small, 832000",
  })
  void publishedNumbers(String method, String backbone, long numbers) {
    Published.assertTrains(numbers, Published.preset(backbone, method));
  }

  @ParameterizedTest
  @CsvSource({
    "xavier, 0.180579", // √(6/((22 + 1)·8))
    "official, 0.327327", // √(6/(3·4·4 + 8))
    "zeros, 0",
  })
  void theBoundOfTheStart(String init, double bound) {
    PeftModel model =
        Peft.adapt(
            MicroBackbones.swin().build(DataType.DOUBLE),
            "vpt-shallow",
            Map.of("prompts", "22", "init", init),
            Published.PASCAL.subList(0, 1));
    INDArray prompts = Iterables.getOnlyElement(model.arrays().values());
    assertArrayEquals(new long[] {22, 8}, prompts.shape());
    double largest = prompts.amaxNumber().doubleValue();
    // the largest of 176 uniform numbers is near the bound, and never above it
    assertTrue(largest <= bound + 1e-6 && largest >= 0.94 * bound, () -> "largest " + largest);
  }
}
