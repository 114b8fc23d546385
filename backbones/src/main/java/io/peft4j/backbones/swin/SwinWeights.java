package io.peft4j.backbones.swin;

import com.google.common.collect.ImmutableList;
import io.peft4j.api.Shape;
import io.peft4j.api.backbone.Param;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.api.method.Init;
import io.peft4j.backbones.weights.WeightSpec;
import java.util.List;
import java.util.Set;

/** The parameters of a Swin under the names of the public checkpoints, in order of use. */
final class SwinWeights {
  /** Checkpoint entries that are computed from the geometry. */
  private static final Set<String> BUFFERS = Set.of("relative_position_index", "attn_mask");

  /** Classifier entries of checkpoints, of no use to an encoder. */
  private static final Set<String> CLASSIFIER =
      Set.of("norm.weight", "norm.bias", "head.weight", "head.bias");

  /** The original code's start of linear layers and tables (timm's trunc_normal_, std .02). */
  private static final Init NORMAL = Init.truncatedNormal(0.02);

  private final ImmutableList.Builder<WeightSpec.Tensor> tensors = ImmutableList.builder();

  private SwinWeights() {}

  static WeightSpec spec(SwinConfig c, List<SwinStage> stages) {
    SwinWeights w = new SwinWeights();
    w.patchEmbedding(c, stages.get(0));
    for (SwinStage stage : stages) {
      for (int b = 0; b < stage.depth(); b++) {
        w.block(c, stage, b);
      }
      if (stage.index() < stages.size() - 1) {
        w.merging(stage);
      }
    }
    if (c.numClasses() > 0) {
      w.classifier(c, stages.get(stages.size() - 1));
    }
    Set<String> spare = c.numClasses() > 0 ? Set.of() : CLASSIFIER;
    return new WeightSpec(c.id(), w.tensors.build(), BUFFERS, spare);
  }

  private void patchEmbedding(SwinConfig c, SwinStage first) {
    Place proj = first.place(-1, Role.PATCH_EMBED_PROJ);
    int p = c.patchSize();
    int width = c.embedDim();
    // The original code leaves convolutions to PyTorch's default: U(±1/√fanIn), bias alike.
    double bound = 1 / Math.sqrt((double) c.inChannels() * p * p);
    Shape kernel = Shape.of(width, c.inChannels(), p, p);
    add("patch_embed.proj.weight", proj, Kind.WEIGHT, Init.uniform(bound), kernel);
    add("patch_embed.proj.bias", proj, Kind.BIAS, Init.uniform(bound), Shape.of(width));
    norm("patch_embed.norm", first.place(-1, Role.PATCH_EMBED_NORM), width);
  }

  private void block(SwinConfig c, SwinStage stage, int block) {
    String path = stage.path(block);
    int width = stage.width();
    int hidden = (int) (width * c.mlpRatio());
    norm(path + ".norm1", stage.place(block, Role.NORM1), width);
    add(
        path + ".attn.relative_position_bias_table",
        stage.place(block, Role.ATTN_CORE),
        Kind.POSITION_BIAS,
        NORMAL,
        Shape.of(stage.positions(), stage.heads()));
    Place qkv = stage.place(block, Role.ATTN_QKV);
    linear(path + ".attn.qkv", qkv, width, 3 * width, c.qkvBias());
    linear(path + ".attn.proj", stage.place(block, Role.ATTN_PROJ), width, width, true);
    norm(path + ".norm2", stage.place(block, Role.NORM2), width);
    linear(path + ".mlp.fc1", stage.place(block, Role.MLP_FC1), width, hidden, true);
    linear(path + ".mlp.fc2", stage.place(block, Role.MLP_FC2), hidden, width, true);
  }

  private void merging(SwinStage stage) {
    String path = stage.path() + ".downsample";
    int four = 4 * stage.width();
    norm(path + ".norm", stage.place(-1, Role.DOWNSAMPLE_NORM), four);
    Place reduction = stage.place(-1, Role.DOWNSAMPLE_REDUCTION);
    linear(path + ".reduction", reduction, four, 2 * stage.width(), false);
  }

  private void classifier(SwinConfig c, SwinStage last) {
    norm(Swin.FINAL_NORM, last.place(-1, Swin.FINAL_NORM), last.width());
    linear(Swin.LOGITS, last.place(-1, Swin.LOGITS), last.width(), c.numClasses(), true);
  }

  private void linear(String path, Place place, int in, int out, boolean bias) {
    add(path + ".weight", place, Kind.WEIGHT, NORMAL, Shape.of(out, in));
    if (bias) {
      add(path + ".bias", place, Kind.BIAS, Init.zeros(), Shape.of(out));
    }
  }

  private void norm(String path, Place place, int width) {
    add(path + ".weight", place, Kind.NORM_WEIGHT, Init.ones(), Shape.of(width));
    add(path + ".bias", place, Kind.NORM_BIAS, Init.zeros(), Shape.of(width));
  }

  private void add(String path, Place place, Kind kind, Init init, Shape shape) {
    tensors.add(new WeightSpec.Tensor(new Param(path, place, kind, shape), init));
  }
}
