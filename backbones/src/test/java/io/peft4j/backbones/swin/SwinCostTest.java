package io.peft4j.backbones.swin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Cost;
import io.peft4j.backbones.weights.WeightSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Costs add up to the published multiply-accumulates of Swin-Tiny at 448×448 (TGLoRA, PASCAL). */
class SwinCostTest {
  private static final Backbone TINY =
      Swin.build(Swin.preset("swin-tiny"), WeightSource.shapesOnly(), DataType.FLOAT);

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, 1, 18.4902",
    "1, 1, 1, 1, 4, 21.4741",
    "1, 2, 3, 4, 4, 49.9471",
    "1, 1, 2, 4, 4, 38.3680",
    "1, 2, 2, 4, 4, 41.3817",
  })
  void conventionEqualsThePublishedFigures(
      int first, int second, int third, int fourth, int tasks, double published) {
    int[] groups = {first, second, third, fourth};
    int[] channels = {21, 7, 1, 3};
    long macs = 0;
    for (int s = 0; s < 4; s++) {
      macs += groups[s] * stage(s);
    }
    for (int t = 0; t < tasks; t++) {
      macs += head(channels[t]);
    }
    assertEquals(published, macs / 1e9, 5e-5);
  }

  /** What the papers count of a stage, its merging and for the first its embedding included. */
  private static long stage(int stage) {
    String path = "layers." + stage + ".";
    return TINY.costs().values().stream()
        .filter(c -> c.kind() != Cost.Kind.ATTENTION_PRODUCT)
        .filter(
            c ->
                c.variable().startsWith(path)
                    || (stage == 0 && c.variable().startsWith("patch_embed")))
        .mapToLong(Cost::macs)
        .sum();
  }

  /** Channel reducers and HRNet head of a task, as the papers count them. */
  private static long head(int channels) {
    long reducers = 192L * 18 * 3136 + 384L * 36 * 784 + 768L * 72 * 196 + 768L * 144 * 196;
    return reducers + 3136L * (270 * 1080 + 1080L * channels) + 4L * 3136 * 1080;
  }

  @Test
  void attentionProductsOfAFullPassAreCountedApart() {
    long products =
        TINY.costs().values().stream()
            .filter(c -> c.kind() == Cost.Kind.ATTENTION_PRODUCT)
            .mapToLong(Cost::macs)
            .sum();
    // 2 · tokens · 49 · width per block: (12544·96 + 3136·192 + 784·384·3 + 196·768) · 2 · 2 · 49
    assertEquals(4L * 49 * (12544L * 96 + 3136L * 192 + 784L * 384 * 3 + 196L * 768), products);
    assertEquals(0.56, products / 1e9, 0.005);
  }
}
