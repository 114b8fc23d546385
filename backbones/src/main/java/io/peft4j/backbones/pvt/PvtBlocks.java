package io.peft4j.backbones.pvt;

import io.peft4j.api.backbone.AttentionSite;
import io.peft4j.api.backbone.Cost;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Ops;
import io.peft4j.backbones.build.BlockParts;
import io.peft4j.backbones.build.ModuleWriter;
import io.peft4j.backbones.build.Patches;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;

/** Writes the blocks of one stage (Wang et al. 2021, section 3.3). */
final class PvtBlocks {
  private final PvtConfig config;
  private final PvtStage stage;
  private final ModuleWriter writer;
  private final Ops ops;

  PvtBlocks(PvtConfig config, PvtStage stage, ModuleWriter writer) {
    this.config = config;
    this.stage = stage;
    this.writer = writer;
    this.ops = writer.ops();
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
    int heads = stage.dims().heads();
    int keys = stage.keys();
    int rows = stage.rows();
    long products = (long) rows * keys * stage.width();
    SDVariable query = writer.linear(path + ".q", stage.place(b, Role.ATTN_Q), normed, rows);
    SDVariable kv =
        writer.linear(path + ".kv", stage.place(b, Role.ATTN_KV), reduced(b, normed), keys);
    SDVariable q = writer.name(path + ".q_heads", heads(query, rows));
    SDVariable k = writer.name(path + ".k_heads", heads(half(kv, 0), keys));
    SDVariable v = writer.name(path + ".v_heads", heads(half(kv, 1), keys));
    // The query is scaled, not the scores: fewer numbers.
    SDVariable scaled = writer.name(path + ".q_scaled", q.mul(1 / Math.sqrt(stage.headDim())));
    SDVariable scores = writer.name(path + ".scores", ops.matmul(scaled, k, false, true));
    writer.cost(scores, Cost.Kind.ATTENTION_PRODUCT, products);
    SDVariable weights = writer.name(path + ".softmax", ops.softmax(scores));
    writer.cost(weights, Cost.Kind.SOFTMAX, (long) rows * keys * heads);
    SDVariable context = writer.name(path + ".context", ops.matmul(weights, v, false, false));
    writer.cost(context, Cost.Kind.ATTENTION_PRODUCT, products);
    SDVariable core =
        writer.name(path + ".core", context.permute(0, 2, 1, 3).reshape(-1, stage.width()));
    writer
        .tables()
        .site(
            new AttentionSite(
                path,
                stage.place(b, Role.ATTN_CORE),
                core.name(),
                x.name(),
                normed.name(),
                q.name(),
                k.name(),
                v.name(),
                Optional.empty(),
                Optional.empty(),
                heads,
                stage.headDim(),
                rows,
                1));
    return core;
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

  /** Keys (0) or values (1) of the fused projection. */
  private SDVariable half(SDVariable kv, int which) {
    int width = stage.width();
    return ops.slice(kv, 1, (long) which * width, (which + 1L) * width);
  }

  /** Rows {@code [B·n, C]} as {@code [B, heads, n, d]}. */
  private SDVariable heads(SDVariable rows, int n) {
    return rows.reshape(-1, n, stage.dims().heads(), stage.headDim()).permute(0, 2, 1, 3);
  }
}
