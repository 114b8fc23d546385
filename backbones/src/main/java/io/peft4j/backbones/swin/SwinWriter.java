package io.peft4j.backbones.swin;

import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Ops;
import io.peft4j.backbones.build.ModuleWriter;
import io.peft4j.backbones.build.Patches;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** Writes a whole Swin: patch embedding, stages, patch merging, and the classifier if wanted. */
final class SwinWriter {
  private final SwinConfig config;
  private final List<SwinStage> stages;
  private final ModuleWriter writer;
  private final Ops ops;

  SwinWriter(SwinConfig config, List<SwinStage> stages, ModuleWriter writer) {
    this.config = config;
    this.stages = stages;
    this.writer = writer;
    this.ops = writer.ops();
  }

  void write(SDVariable image) {
    SDVariable x = patchEmbedding(image);
    for (SwinStage stage : stages) {
      x = new SwinBlocks(config, stage, writer).write(x);
      if (stage.index() == stages.size() - 1) {
        writer.tables().unmergedFeature(feature(stage, x, true));
      } else {
        unmergedFeature(stage, x);
        x = merging(stage, x);
        feature(stage, x, false);
      }
    }
    if (config.numClasses() > 0) {
      SwinStage last = stages.get(stages.size() - 1);
      last.classifier()
          .write(
              writer,
              x,
              last.tokens(),
              tokens -> writer.name("head.pool", ops.mean(tokens, false, 1)));
    }
  }

  private SDVariable patchEmbedding(SDVariable image) {
    SwinStage first = stages.get(0);
    SDVariable patches =
        Patches.ofImage(
            writer,
            "patch_embed.patches",
            image,
            config.inChannels(),
            config.imageHeight(),
            config.imageWidth(),
            config.patchSize());
    SDVariable tokens =
        writer.convolution(
            "patch_embed.proj", first.place(-1, Role.PATCH_EMBED_PROJ), patches, first.tokens());
    return writer.norm(
        "patch_embed.norm", first.place(-1, Role.PATCH_EMBED_NORM), tokens, first.tokens());
  }

  /**
   * Patch merging: the four tokens of a 2×2 square side by side, in the order (0,0), (1,0), (0,1),
   * (1,1) of (row, column), then norm and a linear layer to twice the width.
   */
  private SDVariable merging(SwinStage stage, SDVariable tokens) {
    String path = stage.path() + ".downsample";
    int width = stage.width();
    int across = stage.mergedColumns();
    int rows = stage.mergedHeight() * across;
    SDVariable grid =
        Patches.padded(writer.ops(), tokens, stage.height(), stage.columns(), width, 2);
    // [B·bands, row parity, across, column parity, C]: column parity goes before row parity.
    SDVariable squares =
        writer.name(
            path + ".squares",
            grid.reshape(-1, 2, across, 2, width).permute(0, 2, 3, 1, 4).reshape(-1, 4L * width));
    SDVariable normed =
        writer.norm(path + ".norm", stage.place(-1, Role.DOWNSAMPLE_NORM), squares, rows);
    return writer.linear(
        path + ".reduction", stage.place(-1, Role.DOWNSAMPLE_REDUCTION), normed, rows);
  }

  /** The feature {@code [B, L, C]} of a stage: after its merging, or after the last block. */
  private Feature feature(SwinStage stage, SDVariable rows, boolean last) {
    int high = last ? stage.height() : stage.mergedHeight();
    int wide = last ? stage.columns() : stage.mergedColumns();
    int width = last ? stage.width() : 2 * stage.width();
    String path = stage.path();
    Place place = stage.place(-1, Role.STAGE_OUT);
    writer.tap(path + ".out", place, rows, width, high * wide, true);
    Feature feature = writer.feature(path, place, rows, width, high, wide);
    writer.tables().feature(feature);
    return feature;
  }

  /** What the last block gives, as tokens {@code [B, L, C]}. */
  private void unmergedFeature(SwinStage stage, SDVariable rows) {
    writer
        .tables()
        .unmergedFeature(
            writer.feature(
                stage.path() + ".unmerged",
                stage.place(-1, Role.STAGE_OUT),
                rows,
                stage.width(),
                stage.height(),
                stage.columns()));
  }
}
