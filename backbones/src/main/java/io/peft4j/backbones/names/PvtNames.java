package io.peft4j.backbones.names;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.regex.MatchResult;

/**
 * Names of the parameters of PVT V1. The backbone's own are those of the official code, {@code
 * patch_embedS.…}, {@code pos_embedS}, {@code blockS.B.…}, stages counted from 1.
 */
public final class PvtNames {
  /** The official code, github.com/whai362/PVT. */
  public static final NameMap OFFICIAL = NameMap.own("official", "the official PVT");

  /**
   * timm: stages counted from 0, patch embeddings after the first inside the stage they open. timm
   * itself has checkpoints of PVT V2 only, whose layers are others (they are refused); this is its
   * renaming of the official names, for V1 models written in its style.
   */
  public static final NameMap TIMM =
      new NameMap(
          "timm",
          "timm's PVT",
          List.of(
              Rule.of("patch_embed1\\.(.*)", "patch_embed.$1"),
              Rule.computed(
                  "patch_embed(\\d+)\\.(.*)",
                  m -> "stages.%d.downsample.%s".formatted(stage(m), m.group(2))),
              Rule.computed(
                  "block(\\d+)\\.(\\d+\\..*)",
                  m -> "stages.%d.blocks.%s".formatted(stage(m), m.group(2)))));

  private PvtNames() {}

  /**
   * All, the backbone's own first.
   *
   * @param stages number of stages: Hugging Face keeps the class token with the last
   */
  public static List<NameMap> all(int stages) {
    return ImmutableList.of(OFFICIAL, TIMM, huggingFace(stages));
  }

  /** Hugging Face's {@code PvtModel}: key and value apart, stages counted from 0. */
  private static NameMap huggingFace(int stages) {
    String block = "block(\\d+)\\.(\\d+)\\.";
    return new NameMap(
        "huggingface",
        "Hugging Face's PVT",
        List.of(
            Rule.computed("pos_embed(\\d+)", m -> patches(m, "position_embeddings")),
            Rule.of("cls_token", "encoder.patch_embeddings.%d.cls_token".formatted(stages - 1)),
            Rule.computed(
                "patch_embed(\\d+)\\.proj\\.(.*)", m -> patches(m, "projection." + m.group(2))),
            Rule.computed(
                "patch_embed(\\d+)\\.norm\\.(.*)", m -> patches(m, "layer_norm." + m.group(2))),
            Rule.computed(block + "norm([12])\\.(.*)", m -> block(m, "layer_norm_%s.%s")),
            Rule.computed(block + "mlp\\.fc([12])\\.(.*)", m -> block(m, "mlp.dense%s.%s")),
            Rule.computed(block + "attn\\.q\\.(.*)", m -> block(m, "attention.self.query.%s")),
            keyAndValue(block),
            Rule.computed(
                block + "attn\\.sr\\.(.*)", m -> block(m, "attention.self.sequence_reduction.%s")),
            Rule.computed(
                block + "attn\\.norm\\.(.*)", m -> block(m, "attention.self.layer_norm.%s")),
            Rule.computed(block + "attn\\.proj\\.(.*)", m -> block(m, "attention.output.dense.%s")),
            Rule.of("norm\\.(.*)", "encoder.layer_norm.$1"),
            Rule.of("head\\.(.*)", "classifier.$1")),
        "pvt.");
  }

  private static Rule keyAndValue(String block) {
    String kv = block + "attn\\.kv\\.(.*)";
    Rule key = Rule.computed(kv, m -> block(m, "attention.self.key.%s"));
    Rule value = Rule.computed(kv, m -> block(m, "attention.self.value.%s"));
    return path ->
        ImmutableList.<String>builder().addAll(key.apply(path)).addAll(value.apply(path)).build();
  }

  private static String patches(MatchResult match, String rest) {
    return "encoder.patch_embeddings.%d.%s".formatted(stage(match), rest);
  }

  /** A name in a block; the groups after the block's two fill the pattern. */
  private static String block(MatchResult match, String rest) {
    Object[] groups = new Object[match.groupCount() - 2];
    for (int i = 0; i < groups.length; i++) {
      groups[i] = match.group(i + 3);
    }
    return "encoder.block.%d.%s.".formatted(stage(match), match.group(2)) + rest.formatted(groups);
  }

  private static int stage(MatchResult match) {
    return Integer.parseInt(match.group(1)) - 1;
  }
}
