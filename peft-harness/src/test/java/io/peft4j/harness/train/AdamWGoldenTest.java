package io.peft4j.harness.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.backbones.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Trajectories of a little least-squares problem under PyTorch's AdamW, for each convention. */
class AdamWGoldenTest {
  /** The fixture's values are float64 rounded to float32. */
  private static final double ROUNDED = 1.2e-7;

  /** Thirty roundings to float32 of values around 1, near 0 too. */
  private static final double SINGLE = 1e-6;

  private static final int ROWS = 12;

  private static Map<String, INDArray> tensors;
  private static JsonNode config;

  @BeforeAll
  static void readFixture() throws IOException {
    Path folder = Path.of(System.getProperty("peft.fixtures"));
    tensors = Safetensors.read(folder.resolve("adamw_cosine.safetensors"));
    config =
        new ObjectMapper().readTree(folder.resolve("adamw_cosine.json").toFile()).get("config");
  }

  @ParameterizedTest
  @EnumSource(WarmupCosine.Convention.class)
  void inDoubleEveryStepIsTheReferences(WarmupCosine.Convention convention) {
    follow(convention, DataType.DOUBLE, ROUNDED);
  }

  @ParameterizedTest
  @EnumSource(WarmupCosine.Convention.class)
  void inSingleItStaysClose(WarmupCosine.Convention convention) {
    follow(convention, DataType.FLOAT, SINGLE);
  }

  private static void follow(WarmupCosine.Convention convention, DataType type, double tolerance) {
    String prefix = convention.name().toLowerCase(Locale.ROOT) + "/";
    int steps = config.get("steps").intValue();
    WarmupCosine schedule =
        new WarmupCosine(
            steps,
            config.get("warmup").intValue(),
            config.get("base_lr").doubleValue(),
            config.get("warmup_lr").doubleValue(),
            config.get("min_lr").doubleValue(),
            convention);
    INDArray w = tensors.get("W0").castTo(type).dup();
    INDArray b = tensors.get("b0").castTo(type).dup();
    AdamW adam = optimizer(w, b);
    for (int k = 0; k < steps; k++) {
      double rate = schedule.learningRate(k);
      assertClose(tensors.get(prefix + "lr").getDouble(k), rate, ROUNDED, "rate of step " + k);
      Residual residual = new Residual(w, b);
      assertClose(
          tensors.get(prefix + "loss_before_step").getDouble(k),
          residual.loss(),
          10 * tolerance,
          "loss before step " + k);
      if (k == 0 && tensors.containsKey(prefix + "grad_W_step0")) {
        assertAll(tensors.get(prefix + "grad_W_step0"), residual.gradientOfW(), tolerance, "dW");
        assertAll(tensors.get(prefix + "grad_b_step0"), residual.gradientOfB(), tolerance, "db");
      }
      adam.step(
          Map.of(
              "W", residual.gradientOfW().castTo(type), "b", residual.gradientOfB().castTo(type)),
          rate);
      assertAll(tensors.get(prefix + "W").slice(k), w, tolerance, "W after step " + k);
      assertAll(tensors.get(prefix + "b").slice(k), b, tolerance, "b after step " + k);
    }
  }

  private static AdamW optimizer(INDArray w, INDArray b) {
    JsonNode decay = config.get("weight_decay");
    JsonNode betas = config.get("betas");
    return new AdamW(
        List.of(
            new ParameterGroup(
                ImmutableList.of(
                    new Trainable(
                        "W", w, WeightDecayPolicy.REFERENCE.decays(Kind.WEIGHT, w.rank()))),
                1,
                decay.get("W").doubleValue()),
            new ParameterGroup(
                ImmutableList.of(new Trainable("b", b, true)), 1, decay.get("b").doubleValue())),
        new AdamW.Settings(
            betas.get(0).doubleValue(),
            betas.get(1).doubleValue(),
            config.get("eps").doubleValue()));
  }

  /** A Wᵀ + b − Y in double, by hand. */
  private static final class Residual {
    private final INDArray a = tensors.get("A");
    private final double[][] r = new double[ROWS][];

    Residual(INDArray w, INDArray b) {
      for (int n = 0; n < ROWS; n++) {
        r[n] = new double[(int) b.length()];
        for (int o = 0; o < r[n].length; o++) {
          r[n][o] = b.getDouble(o) - tensors.get("Y").getDouble(n, o);
          for (int i = 0; i < a.size(1); i++) {
            r[n][o] += a.getDouble(n, i) * w.getDouble(o, i);
          }
        }
      }
    }

    double loss() {
      double sum = 0;
      for (double[] row : r) {
        for (double value : row) {
          sum += value * value;
        }
      }
      return 0.5 * sum / ROWS;
    }

    INDArray gradientOfW() {
      INDArray g = Nd4j.create(DataType.DOUBLE, r[0].length, a.size(1));
      for (int o = 0; o < r[0].length; o++) {
        for (int i = 0; i < a.size(1); i++) {
          double sum = 0;
          for (int n = 0; n < ROWS; n++) {
            sum += r[n][o] * a.getDouble(n, i);
          }
          g.putScalar(o, i, sum / ROWS);
        }
      }
      return g;
    }

    INDArray gradientOfB() {
      INDArray g = Nd4j.create(DataType.DOUBLE, r[0].length);
      for (int o = 0; o < r[0].length; o++) {
        double sum = 0;
        for (double[] row : r) {
          sum += row[o];
        }
        g.putScalar(o, sum / ROWS);
      }
      return g;
    }
  }

  private static void assertAll(INDArray expected, INDArray actual, double tolerance, String what) {
    for (long i = 0; i < expected.length(); i++) {
      assertClose(expected.getDouble(i), actual.getDouble(i), tolerance, what + " [" + i + "]");
    }
  }

  private static void assertClose(double expected, double actual, double tolerance, String what) {
    double smallest = tolerance == SINGLE ? 1 : 1e-3;
    assertEquals(expected, actual, tolerance * Math.max(smallest, Math.abs(expected)), what);
  }
}
