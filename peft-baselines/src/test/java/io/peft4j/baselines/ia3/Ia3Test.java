package io.peft4j.baselines.ia3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.backbone.LinearSite;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.routing.Stream;
import io.peft4j.baselines.Published;
import io.peft4j.baselines.oracle.Dense;
import io.peft4j.baselines.oracle.SiteOracle;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import io.peft4j.testkit.BackboneUnderTest;
import io.peft4j.testkit.MicroBackbones;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Vectors scale keys, values and the hidden layer; and how many numbers they have. */
class Ia3Test {
  @Test
  void fusedQueriesKeysAndValues() {
    assertEquals(8, check(MicroBackbones.swin(), Map.of(), Stream.SHARED));
  }

  @Test
  void fusedKeysAndValuesOfATask() {
    assertEquals(8, check(MicroBackbones.pvt(), Map.of("perTask", "true"), Stream.of("semseg")));
  }

  @Test
  void valuesAlone() {
    assertEquals(4, check(MicroBackbones.swin(), Map.of("parts", "v"), Stream.SHARED));
  }

  private static int check(BackboneUnderTest backbone, Map<String, String> options, Stream stream) {
    SiteOracle oracle = SiteOracle.of(backbone, "ia3", options);
    List<LinearSite> sites =
        oracle.model().emission().adapted().stream()
            .filter(a -> a.stream().equals(stream))
            .map(a -> (LinearSite) a.site())
            .toList();
    for (LinearSite site : sites) {
      double[][] x = oracle.rows(site.input(), stream);
      double[][] w = oracle.frozen(site.weight());
      double[] b = oracle.frozen(site.bias().orElseThrow())[0];
      boolean hidden = site.place().role().equals(Role.MLP_FC2);
      int width = site.out() / (site.place().role().equals(Role.ATTN_QKV) ? 3 : 2);
      oracle.check(
          site,
          stream,
          p ->
              hidden
                  ? Dense.linear(Dense.scaled(x, p.get("ia3_ff")[0]), w, b)
                  : Dense.scaled(Dense.linear(x, w, b), gains(site.out(), width, p)));
    }
    return sites.size();
  }

  private static double[] gains(int out, int width, Map<String, double[][]> p) {
    double[][] ones = {DoubleStream.generate(() -> 1).limit(width).toArray()};
    double[] gains = DoubleStream.generate(() -> 1).limit(out).toArray();
    System.arraycopy(p.getOrDefault("ia3_k", ones)[0], 0, gains, out - 2 * width, width);
    System.arraycopy(p.getOrDefault("ia3_v", ones)[0], 0, gains, out - width, width);
    return gains;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "swin-tiny; ; 26496", // 6 · 4,416
        "swin-tiny; parts=k,v; 8832",
        "swin-tiny; parts=ff perTask=true; 70656",
        "pvt-small; ; 27776", // 10 (64·3 + 128·4) + 6 (320·6 + 512·3)
      })
  void numbers(String backbone, String options, long numbers) {
    Published.assertTrains(numbers, backbone, "ia3", options);
  }

  @Test
  void everyVectorStartsAtOne() {
    PeftModel model =
        Peft.adapt(MicroBackbones.swin().build(DataType.FLOAT), "ia3", Map.of(), Published.PASCAL);
    model
        .arrays()
        .values()
        .forEach(a -> assertEquals(1, Arrays.stream(a.toDoubleVector()).distinct().sum(), 0));
  }
}
