package io.peft4j.backbones.names;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.regex.MatchResult;

/**
 * Names of Swin's parameters. The backbone's own are Microsoft's, {@code layers.S.blocks.B.…},
 * {@code layers.S.downsample.…}.
 */
public final class SwinNames {
  /** The official code, github.com/microsoft/Swin-Transformer. */
  public static final NameMap MICROSOFT = NameMap.own("microsoft", "Microsoft's Swin");

  /**
   * timm since 0.8: patch merging opens the stage after it, instead of closing the one before, and
   * the classifier lies one level deeper. Older versions use Microsoft's names.
   */
  public static final NameMap TIMM =
      new NameMap(
          "timm",
          "timm's Swin",
          List.of(
              Rule.computed(
                  "layers\\.(\\d+)\\.downsample\\.(.*)",
                  m -> "layers.%d.downsample.%s".formatted(number(m, 1) + 1, m.group(2))),
              Rule.of("head\\.(.*)", "head.fc.$1")));

  /** Hugging Face's {@code SwinModel}: query, key and value apart. */
  public static final NameMap HUGGING_FACE = huggingFace();

  /** torchvision: one list of patches, stages and mergings, in turn. */
  public static final NameMap TORCHVISION =
      new NameMap(
          "torchvision",
          "torchvision's Swin",
          List.of(
              Rule.of("patch_embed\\.proj\\.(.*)", "features.0.0.$1"),
              Rule.of("patch_embed\\.norm\\.(.*)", "features.0.2.$1"),
              Rule.computed(
                  "layers\\.(\\d+)\\.blocks\\.(\\d+)\\.(.*)",
                  m ->
                      "features.%d.%s.%s"
                          .formatted(
                              2 * number(m, 1) + 1,
                              m.group(2),
                              // An nn.Sequential: linear, activation, dropout, linear, dropout.
                              m.group(3).replace("mlp.fc1", "mlp.0").replace("mlp.fc2", "mlp.3"))),
              Rule.computed(
                  "layers\\.(\\d+)\\.downsample\\.(.*)",
                  m -> "features.%d.%s".formatted(2 * number(m, 1) + 2, m.group(2)))));

  private SwinNames() {}

  /** All, the backbone's own first. */
  public static List<NameMap> all() {
    return ImmutableList.of(MICROSOFT, TIMM, HUGGING_FACE, TORCHVISION);
  }

  private static NameMap huggingFace() {
    String block = "(layers\\.\\d+\\.blocks\\.\\d+)";
    return new NameMap(
        "huggingface",
        "Hugging Face's Swin",
        List.of(
            Rule.of("patch_embed\\.proj\\.(.*)", "embeddings.patch_embeddings.projection.$1"),
            Rule.of("patch_embed\\.norm\\.(.*)", "embeddings.norm.$1"),
            Rule.of(
                block + "\\.attn\\.qkv\\.(.*)",
                "encoder.$1.attention.self.query.$2",
                "encoder.$1.attention.self.key.$2",
                "encoder.$1.attention.self.value.$2"),
            Rule.of(block + "\\.attn\\.proj\\.(.*)", "encoder.$1.attention.output.dense.$2"),
            Rule.of(block + "\\.attn\\.(.*)", "encoder.$1.attention.self.$2"),
            Rule.of(block + "\\.norm1\\.(.*)", "encoder.$1.layernorm_before.$2"),
            Rule.of(block + "\\.norm2\\.(.*)", "encoder.$1.layernorm_after.$2"),
            Rule.of(block + "\\.mlp\\.fc1\\.(.*)", "encoder.$1.intermediate.dense.$2"),
            Rule.of(block + "\\.mlp\\.fc2\\.(.*)", "encoder.$1.output.dense.$2"),
            Rule.of("(layers\\.\\d+\\.downsample\\..*)", "encoder.$1"),
            Rule.of("norm\\.(.*)", "layernorm.$1"),
            Rule.of("head\\.(.*)", "classifier.$1")),
        "swin.");
  }

  private static int number(MatchResult match, int group) {
    return Integer.parseInt(match.group(group));
  }
}
