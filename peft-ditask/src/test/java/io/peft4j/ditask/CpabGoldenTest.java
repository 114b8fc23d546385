package io.peft4j.ditask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.backbones.safetensors.Safetensors;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Flow, gradient and basis against float64 values that were checked with 50 digits. */
class CpabGoldenTest {
  private static final Map<String, INDArray> TENSORS =
      Safetensors.read(Path.of(System.getProperty("peft.fixtures"), "cpab_flow.safetensors"));

  @ParameterizedTest
  @CsvSource({"4", "16", "32", "64"})
  void theBasisIsDifws(int cells) {
    double[][] expected =
        TENSORS.get("nc%d/M_rref".formatted(cells)).castTo(DataType.DOUBLE).toDoubleMatrix();
    double[][] actual = Basis.RREF.knotVelocities(cells);
    for (int j = 0; j <= cells; j++) {
      assertArrayEquals(expected[j], actual[j], 1e-7);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "4,0.01", "4,0.1", "4,0.5", "4,1.0", "16,0.01", "16,0.1", "16,0.5", "16,1.0", "32,0.01",
    "32,0.1", "32,0.5", "32,1.0", "64,0.01", "64,0.1", "64,0.5", "64,1.0"
  })
  void flowAndGradient(int cells, String std) {
    String prefix = "nc%d/std%s/".formatted(cells, std);
    double[] x = get(prefix + "x");
    double[] theta = get(prefix + "theta");
    double[] gradient = get(prefix + "grad_theta");
    double largest = 0;
    for (double g : gradient) {
      largest = Math.max(largest, Math.abs(g));
    }
    for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
      FlowGraph graph = new FlowGraph(Basis.RREF, cells, type, x);
      // expected values are rounded to float32
      assertArrayEquals(get(prefix + "phi"), graph.at(theta), 2e-7, prefix + type);
      double tolerance = (type == DataType.DOUBLE ? 2e-7 : 5e-6) * Math.max(1, largest);
      assertArrayEquals(
          gradient, graph.gradient(get(prefix + "cotangent"), theta), tolerance, prefix + type);
    }
    assertTrue(largest > 0);
  }

  private static double[] get(String name) {
    return TENSORS.get(name).castTo(DataType.DOUBLE).ravel().toDoubleVector();
  }
}
