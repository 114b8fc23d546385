package io.peft4j.backbones.swin;

import io.peft4j.api.backbone.Feature;
import io.peft4j.api.backbone.ImageInput;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.backbone.TapSite;
import io.peft4j.api.method.Ops;
import io.peft4j.backbones.build.ModuleWriter;
import io.peft4j.backbones.build.Patches;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

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

  static ImageInput image(SwinConfig c) {
    return new ImageInput(Swin.IMAGE, c.inChannels(), c.imageHeight(), c.imageWidth());
  }

  void write(SameDiff sd) {
    SDVariable image =
        sd.placeHolder(
            Swin.IMAGE,
            writer.type(),
            -1,
            config.inChannels(),
            config.imageHeight(),
            config.imageWidth());
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
      classifier(stages.get(stages.size() - 1), x);
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
    int high = 2 * stage.mergedHeight();
    int wide = 2 * stage.mergedColumns();
    int rows = stage.mergedHeight() * stage.mergedColumns();
    SDVariable grid = tokens;
    if (high > stage.height() || wide > stage.columns()) {
      grid = grid.reshape(-1, stage.height(), stage.columns(), width);
      grid = ops.padEnd(grid, 1, stage.height(), high, 4);
      grid = ops.padEnd(grid, 2, stage.columns(), wide, 4);
    }
    // [B·high/2, row parity, wide/2, column parity, C]: column parity goes before row parity.
    SDVariable squares =
        writer.name(
            path + ".squares",
            grid.reshape(-1, 2, wide / 2, 2, width).permute(0, 2, 3, 1, 4).reshape(-1, 4L * width));
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
    writer
        .tables()
        .siteOnPlaced(
            new TapSite(
                path + ".out", stage.place(-1, Role.STAGE_OUT), rows.name(), width, high * wide));
    SDVariable tokens = writer.name(path, rows.reshape(-1, (long) high * wide, width));
    Feature feature =
        new Feature(tokens.name(), stage.place(-1, Role.STAGE_OUT), width, high, wide);
    writer.tables().feature(feature);
    return feature;
  }

  /** What the last block gives, as tokens {@code [B, L, C]}. */
  private void unmergedFeature(SwinStage stage, SDVariable rows) {
    SDVariable tokens =
        writer.name(stage.path() + ".unmerged", rows.reshape(-1, stage.tokens(), stage.width()));
    writer
        .tables()
        .unmergedFeature(
            new Feature(
                tokens.name(),
                stage.place(-1, Role.STAGE_OUT),
                stage.width(),
                stage.height(),
                stage.columns()));
  }

  /** Norm, mean over tokens, linear layer, as in the published classifier. */
  private void classifier(SwinStage last, SDVariable rows) {
    SDVariable normed =
        writer.norm(Swin.FINAL_NORM, last.place(-1, Swin.FINAL_NORM), rows, last.tokens());
    SDVariable pooled =
        writer.name(
            "head.pool", ops.mean(normed.reshape(-1, last.tokens(), last.width()), false, 1));
    writer.fixedLinear(Swin.LOGITS, last.place(-1, Swin.LOGITS), pooled, 1);
  }
}
