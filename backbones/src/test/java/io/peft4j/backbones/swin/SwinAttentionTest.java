package io.peft4j.backbones.swin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.weights.WeightSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An attention site's variables recompute its output by the formula of its Javadoc. */
class SwinAttentionTest {
  private static final int BATCH = 2;

  @ParameterizedTest
  @CsvSource({
    "layers.0.blocks.0.attn, false, 8",
    "layers.0.blocks.1.attn, true, 8",
    "layers.1.blocks.1.attn, false, 2",
  })
  void coreIsTheSoftmaxOfScoresBiasAndMaskTimesValues(String path, boolean isMasked, int windows) {
    SwinConfig config =
        Swin.preset("swin-nano").withStages(8, List.of(2, 2), List.of(2, 4)).withImage(32, 64);
    Backbone swin = Swin.build(config, WeightSource.random(3), DataType.DOUBLE);
    AttentionSite site = (AttentionSite) swin.site(path);
    assertEquals(isMasked, site.mask().isPresent());
    assertEquals(windows, site.windows());
    List<String> names =
        new ArrayList<>(List.of(site.query(), site.key(), site.value(), site.output()));
    names.add(site.positionBias().orElseThrow());
    site.mask().ifPresent(names::add);
    INDArray images = Nd4j.randn(DataType.DOUBLE, BATCH, 3, 32, 64);

    Map<String, INDArray> got = swin.graph().output(Map.of(Swin.IMAGE, images), names);

    double worst = 0;
    for (int w = 0; w < BATCH * windows; w++) {
      for (int h = 0; h < site.heads(); h++) {
        worst = Math.max(worst, deviation(site, got, w, h));
      }
    }
    assertTrue(worst < 1e-12, "deviation " + worst);
  }

  private static double deviation(
      AttentionSite site, Map<String, INDArray> got, int window, int head) {
    int n = site.windowTokens();
    int d = site.headDim();
    INDArray q = got.get(site.query());
    INDArray k = got.get(site.key());
    INDArray v = got.get(site.value());
    INDArray bias = got.get(site.positionBias().orElseThrow());
    double worst = 0;
    for (int i = 0; i < n; i++) {
      double[] weights = new double[n];
      double sum = 0;
      for (int j = 0; j < n; j++) {
        double score = 0;
        for (int c = 0; c < d; c++) {
          score += q.getDouble(window, head, i, c) * k.getDouble(window, head, j, c);
        }
        score = score / Math.sqrt(d) + bias.getDouble(0, head, i, j);
        if (site.mask().isPresent()) {
          score += got.get(site.mask().get()).getDouble(window % site.windows(), i, j);
        }
        weights[j] = Math.exp(score);
        sum += weights[j];
      }
      for (int c = 0; c < d; c++) {
        double expected = 0;
        for (int j = 0; j < n; j++) {
          expected += weights[j] / sum * v.getDouble(window, head, j, c);
        }
        double actual =
            got.get(site.output()).getDouble((long) window * n + i, (long) head * d + c);
        worst = Math.max(worst, Math.abs(expected - actual));
      }
    }
    return worst;
  }
}
