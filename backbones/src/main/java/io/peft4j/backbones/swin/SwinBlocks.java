package io.peft4j.backbones.swin;

import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Ops;
import io.peft4j.backbones.build.Attention;
import io.peft4j.backbones.build.BlockParts;
import io.peft4j.backbones.build.ModuleWriter;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Writes the blocks of one stage (Liu et al. 2021, equation 3). */
final class SwinBlocks {
  private final SwinConfig config;
  private final SwinStage stage;
  private final ModuleWriter writer;
  private final Ops ops;

  SwinBlocks(SwinConfig config, SwinStage stage, ModuleWriter writer) {
    this.config = config;
    this.stage = stage;
    this.writer = writer;
    this.ops = writer.ops();
  }

  /** All blocks on tokens {@code [B·L, C]}; the output of the last. */
  SDVariable write(SDVariable tokens) {
    // One buffer for all shifted blocks; each has a constant under its checkpoint name.
    Optional<INDArray> mask =
        stage.depth() > 1 && stage.isShifted(1)
            ? Optional.of(Windows.shiftMask(stage, writer.type()))
            : Optional.empty();
    SDVariable x = tokens;
    for (int b = 0; b < stage.depth(); b++) {
      x = block(b, x, stage.isShifted(b) ? mask : Optional.empty());
    }
    return x;
  }

  private SDVariable block(int b, SDVariable x, Optional<INDArray> mask) {
    String path = stage.path(b);
    BlockParts parts =
        new BlockParts(
            writer,
            path,
            role -> stage.place(b, role),
            stage.tokens(),
            stage.width(),
            config.dropPath(stage.index(), b));
    SDVariable normed = parts.norm1(x);
    SDVariable windows = cut(path + ".attn.windows", normed, stage.isShifted(b));
    SDVariable core = attention(b, x, normed, windows, mask);
    SDVariable proj =
        writer.linear(
            path + ".attn.proj", stage.place(b, Role.ATTN_PROJ), core, stage.windowedRows());
    SDVariable attended = join(path + ".attn.out", proj, stage.isShifted(b));
    return parts.finish(x, attended, attended == proj);
  }

  /**
   * Windowed multi-head attention with relative position bias (equation 4): {@code softmax(q kᵀ/√d
   * + bias + mask) v} on rows {@code [B·windows·N, C]}.
   */
  private SDVariable attention(
      int b, SDVariable x, SDVariable normed, SDVariable windows, Optional<INDArray> mask) {
    String path = stage.path(b) + ".attn";
    int n = stage.windowTokens();
    Attention attention =
        new Attention(
            writer,
            path,
            stage.place(b, Role.ATTN_CORE),
            stage.heads(),
            stage.headDim(),
            n,
            n,
            stage.windows());
    SDVariable qkv =
        writer.linear(path + ".qkv", stage.place(b, Role.ATTN_QKV), windows, stage.windowedRows());
    return attention.write(
        x,
        normed,
        attention.heads(path + ".q", attention.part(qkv, 0), n),
        attention.heads(path + ".k", attention.part(qkv, 1), n),
        attention.heads(path + ".v", attention.part(qkv, 2), n),
        scores -> biased(b, scores, mask));
  }

  /** Scores plus the position bias, and the mask of a shifted block. */
  private Attention.Logits biased(int b, SDVariable scores, Optional<INDArray> mask) {
    String path = stage.path(b) + ".attn";
    SDVariable bias = positionBias(path);
    Optional<SDVariable> blocked = mask.map(m -> writer.constant(stage.path(b) + ".attn_mask", m));
    SDVariable logits =
        writer.name(
            path + ".logits",
            blocked.map(m -> masked(scores, bias, m)).orElseGet(() -> scores.add(bias)));
    return new Attention.Logits(logits, Optional.of(bias), blocked);
  }

  /** The bias {@code [1, heads, N, N]} looked up in the block's table. */
  private SDVariable positionBias(String path) {
    int n = stage.windowTokens();
    SDVariable rows =
        ops.lookup(
            "const.relative_position." + stage.window(),
            writer.param(path + ".relative_position_bias_table"),
            stage.positions(),
            Windows.relativePositions(stage.window()));
    return writer.name(
        path + ".relative_position_bias", rows.permute(1, 0).reshape(1, stage.heads(), n, n));
  }

  /** Scores plus bias plus mask; the two small terms are summed first: one pass over the scores. */
  private SDVariable masked(SDVariable scores, SDVariable bias, SDVariable mask) {
    int heads = stage.heads();
    int n = stage.windowTokens();
    int windows = stage.windows();
    SDVariable both = mask.reshape(windows, 1, n, n).add(bias);
    return scores
        .reshape(-1, windows, heads, n, n)
        .add(both.reshape(1, windows, heads, n, n))
        .reshape(-1, heads, n, n);
  }

  /** Tokens {@code [B·L, C]} to rows by window {@code [B·windows·N, C]}: pad, shift, cut. */
  private SDVariable cut(String name, SDVariable tokens, boolean shifted) {
    int m = stage.window();
    int across = stage.windowColumns();
    int width = stage.width();
    SDVariable grid = tokens;
    boolean isPadded = stage.windowedRows() > stage.tokens();
    if (isPadded || shifted) {
      grid = grid.reshape(-1, stage.height(), stage.columns(), width);
      grid = ops.padEnd(grid, 1, stage.height(), stage.paddedHeight(), 4);
      grid = ops.padEnd(grid, 2, stage.columns(), stage.paddedColumns(), 4);
    }
    if (shifted) {
      grid = ops.roll(grid, 1, -stage.shiftDown(), stage.paddedHeight());
      grid = ops.roll(grid, 2, -stage.shiftRight(), stage.paddedColumns());
    }
    if (across > 1) {
      // Bands of M token rows: [B·bands, M, across, M, C] needs one transposition.
      grid = grid.reshape(-1, m, across, m, width).permute(0, 2, 1, 3, 4);
    }
    return grid == tokens ? tokens : writer.name(name, grid.reshape(-1, width));
  }

  /** The way back of {@link #cut}. */
  private SDVariable join(String name, SDVariable rows, boolean shifted) {
    int m = stage.window();
    int across = stage.windowColumns();
    int width = stage.width();
    SDVariable grid = rows;
    if (across > 1) {
      grid = grid.reshape(-1, across, m, m, width).permute(0, 2, 1, 3, 4);
    }
    boolean isPadded = stage.windowedRows() > stage.tokens();
    if (isPadded || shifted) {
      grid = grid.reshape(-1, stage.paddedHeight(), stage.paddedColumns(), width);
    }
    if (shifted) {
      grid = ops.roll(grid, 1, stage.shiftDown(), stage.paddedHeight());
      grid = ops.roll(grid, 2, stage.shiftRight(), stage.paddedColumns());
    }
    if (stage.paddedHeight() > stage.height()) {
      grid = ops.slice(grid, 1, 0, stage.height());
    }
    if (stage.paddedColumns() > stage.columns()) {
      grid = ops.slice(grid, 2, 0, stage.columns());
    }
    return grid == rows ? rows : writer.name(name, grid.reshape(-1, width));
  }
}
