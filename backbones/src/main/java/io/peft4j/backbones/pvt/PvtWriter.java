package io.peft4j.backbones.pvt;

import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Ops;
import io.peft4j.backbones.build.ModuleWriter;
import io.peft4j.backbones.build.Patches;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Writes a whole PVT: per stage patch embedding, positions and blocks; the classifier if wanted.
 */
final class PvtWriter {
  /** Epsilon of the blocks' norms and the final one in the original code. */
  static final double BLOCK_EPS = 1e-6;

  /** Epsilon of the norms after convolutions, which the original code leaves to PyTorch. */
  static final double CONVOLUTION_EPS = 1e-5;

  private final PvtConfig config;
  private final List<PvtStage> stages;
  private final ModuleWriter writer;
  private final Ops ops;

  PvtWriter(PvtConfig config, List<PvtStage> stages, ModuleWriter writer) {
    this.config = config;
    this.stages = stages;
    this.writer = writer;
    this.ops = writer.ops();
  }

  void write(SDVariable image) {
    SDVariable x = image;
    for (PvtStage stage : stages) {
      SDVariable embedded = position(stage, patchEmbedding(stage, x));
      SDVariable rows = new PvtBlocks(config, stage, writer).write(embedded);
      x = feature(stage, rows);
      if (stage.isLast() && config.numClasses() > 0) {
        stage.classifier().write(writer, rows, stage.rows(), tokens -> classToken(stage, tokens));
      }
    }
  }

  /** Squares of the image, or of the grid of the stage before, to tokens of this stage. */
  private SDVariable patchEmbedding(PvtStage stage, SDVariable x) {
    String path = stage.patchEmbedding();
    SDVariable patches =
        stage.index() == 0
            ? Patches.ofImage(
                writer,
                path + ".patches",
                x,
                config.inChannels(),
                config.imageHeight(),
                config.imageWidth(),
                config.patchSize())
            : mergedPatches(stages.get(stage.index() - 1), path, x);
    SDVariable tokens =
        writer.convolution(
            path + ".proj", stage.place(-1, Role.PATCH_EMBED_PROJ), patches, stage.tokens());
    return writer.norm(
        path + ".norm",
        stage.place(-1, Role.PATCH_EMBED_NORM),
        tokens,
        stage.tokens(),
        CONVOLUTION_EPS);
  }

  private SDVariable mergedPatches(PvtStage before, String path, SDVariable rows) {
    return Patches.ofTokens(
        writer,
        path + ".patches",
        rows,
        before.height(),
        before.columns(),
        before.width(),
        PvtGeometry.MERGING);
  }

  /**
   * Tokens plus their positions. With a class token a row comes before an image's tokens: zeros, to
   * which the token and its own position are added, so that no value is copied per image.
   */
  private SDVariable position(PvtStage stage, SDVariable tokens) {
    String path = stage.positionTable();
    int width = stage.width();
    SDVariable images = tokens.reshape(-1, stage.tokens(), width);
    SDVariable positions = gridPositions(stage);
    if (stage.hasClassToken()) {
      SDVariable own =
          ops.slice(writer.param(path), 1, 0, 1).add(writer.param(PvtWeights.CLASS_TOKEN));
      positions = ops.concat(1, own, positions);
      images = ops.roll(ops.padEnd(images, 1, stage.tokens(), stage.rows(), 3), 1, 1, stage.rows());
    }
    SDVariable sum = writer.name(path + ".sum", images.add(positions).reshape(-1, width));
    writer.place(sum, stage.place(-1, Role.POSITION_SUM));
    return sum;
  }

  /**
   * Positions of the grid's tokens {@code [1, tokens, width]}, resized bilinearly from the table's
   * grid. The original code compares the numbers of tokens; here a grid of the same number but
   * another shape is resized too.
   */
  private SDVariable gridPositions(PvtStage stage) {
    int width = stage.width();
    int high = stage.tableHeight();
    int wide = stage.tableColumns();
    SDVariable table = writer.param(stage.positionTable());
    if (stage.isLast()) {
      table = ops.slice(table, 1, 1, stage.positions());
    }
    if (high == stage.height() && wide == stage.columns()) {
      return table;
    }
    SDVariable maps = table.reshape((long) high * wide, width).permute(1, 0);
    SDVariable resized =
        ops.resizeBilinear(
            maps.reshape(width, high, wide), high, wide, stage.height(), stage.columns());
    return resized.reshape(width, stage.tokens()).permute(1, 0).reshape(1, stage.tokens(), width);
  }

  /** The feature {@code [B, L, C]} of a stage, without class token; its rows {@code [B·L, C]}. */
  private SDVariable feature(PvtStage stage, SDVariable rows) {
    String path = stage.path();
    int width = stage.width();
    SDVariable grid = rows;
    if (stage.hasClassToken()) {
      SDVariable images = rows.reshape(-1, stage.rows(), width);
      grid = writer.name(path + ".grid", ops.slice(images, 1, 1, stage.rows()).reshape(-1, width));
    }
    Place place = stage.place(-1, Role.STAGE_OUT);
    writer.tap(path + ".out", place, grid, width, stage.tokens(), grid == rows);
    writer
        .tables()
        .feature(writer.feature(path, place, grid, width, stage.height(), stage.columns()));
    return grid;
  }

  /** The first of the tokens {@code [B, rows, C]}. */
  private SDVariable classToken(PvtStage stage, SDVariable tokens) {
    return writer.name("head.token", ops.slice(tokens, 1, 0, 1).reshape(-1, stage.width()));
  }
}
