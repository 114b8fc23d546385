package io.peft4j.backbones.pvt;

import io.peft4j.api.backbone.Role;
import io.peft4j.backbones.build.Attention;
import io.peft4j.backbones.build.BlockParts;
import io.peft4j.backbones.build.ModuleWriter;
import io.peft4j.backbones.build.Patches;
import org.nd4j.autodiff.samediff.SDVariable;

/** Writes the blocks of one stage (Wang et al. 2021, section 3.3). */
final class PvtBlocks {
  private final PvtConfig config;
  private final PvtStage stage;
  private final ModuleWriter writer;

  PvtBlocks(PvtConfig config, PvtStage stage, ModuleWriter writer) {
    this.config = config;
    this.stage = stage;
    this.writer = writer;
  }

  /** All blocks on rows {@code [B·rows, C]}; the output of the last. */
  SDVariable write(SDVariable rows) {
    SDVariable x = rows;
    for (int b = 0; b < stage.depth(); b++) {
      x = block(b, x);
    }
    return x;
  }

  private SDVariable block(int b, SDVariable x) {
    BlockParts parts =
        new BlockParts(
            writer,
            stage.path(b),
            role -> stage.place(b, role),
            stage.rows(),
            stage.width(),
            config.dropPath(stage.index(), b));
    SDVariable normed = parts.norm1(x);
    SDVariable core = attention(b, x, normed);
    SDVariable attended =
        writer.linear(
            stage.path(b) + ".attn.proj", stage.place(b, Role.ATTN_PROJ), core, stage.rows());
    return parts.finish(x, attended, true);
  }

  /**
   * Spatial-reduction attention (equations 1 to 4): multi-head attention of every token's query
   * against keys and values of the reduced grid, on rows {@code [B·rows, C]}.
   */
  private SDVariable attention(int b, SDVariable x, SDVariable normed) {
    String path = stage.path(b) + ".attn";
    int rows = stage.rows();
    int keys = stage.keys();
    Attention attention =
        new Attention(
            writer,
            path,
            stage.place(b, Role.ATTN_CORE),
            stage.dims().heads(),
            stage.headDim(),
            rows,
            keys,
            1);
    SDVariable query = writer.linear(path + ".q", stage.place(b, Role.ATTN_Q), normed, rows);
    SDVariable kv =
        writer.linear(path + ".kv", stage.place(b, Role.ATTN_KV), reduced(b, normed), keys);
    return attention.write(
        x,
        normed,
        attention.heads(path + ".q_heads", query, rows),
        attention.heads(path + ".k_heads", attention.part(kv, 0), keys),
        attention.heads(path + ".v_heads", attention.part(kv, 1), keys),
        Attention.Logits::of);
  }

  /** What keys and values are computed from: a convolution and a norm, or the tokens themselves. */
  private SDVariable reduced(int b, SDVariable normed) {
    if (!stage.isReduced()) {
      return normed;
    }
    String path = stage.path(b) + ".attn";
    SDVariable squares =
        Patches.ofTokens(
            writer,
            path + ".squares",
            normed,
            stage.height(),
            stage.columns(),
            stage.width(),
            stage.dims().reduction());
    SDVariable shrunk =
        writer.convolution(
            path + ".sr", stage.place(b, Role.SPATIAL_REDUCTION), squares, stage.keys());
    return writer.norm(
        path + ".norm",
        stage.place(b, Role.SPATIAL_REDUCTION_NORM),
        shrunk,
        stage.keys(),
        PvtWriter.CONVOLUTION_EPS);
  }
}
