package io.peft4j.backbones.swin;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.backbones.build.Classifier;
import io.peft4j.backbones.build.Tensors;
import io.peft4j.backbones.names.SwinNames;
import io.peft4j.backbones.weights.WeightSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The parameters of a Swin under the names of the public checkpoints, in order of use. */
final class SwinWeights {
  /** Checkpoint entries that are computed from the geometry. */
  private static final Set<String> BUFFERS = Set.of("relative_position_index", "attn_mask");

  private final Tensors tensors = new Tensors();

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
      stages.get(stages.size() - 1).classifier().declare(w.tensors, c.numClasses());
    }
    Set<String> spare = c.numClasses() > 0 ? Set.of() : Classifier.ENTRIES;
    return new WeightSpec(c.id(), w.tensors.all(), BUFFERS, spare, SwinNames.all(), facts(c));
  }

  /** Keys of Hugging Face's {@code SwinConfig}; timm's model arguments are called alike. */
  private static Map<String, Object> facts(SwinConfig c) {
    return ImmutableMap.<String, Object>builder()
        .put("model_type", "swin")
        .put("embed_dim", c.embedDim())
        .put("depths", c.depths())
        .put("num_heads", c.numHeads())
        .put("window_size", c.windowSize())
        .put("mlp_ratio", c.mlpRatio())
        .put("patch_size", c.patchSize())
        .put("num_channels", c.inChannels())
        .put("qkv_bias", c.qkvBias())
        .put("hidden_act", "gelu")
        .put("use_absolute_embeddings", false)
        .buildOrThrow();
  }

  private void patchEmbedding(SwinConfig c, SwinStage first) {
    tensors.convolution(
        "patch_embed.proj",
        first.place(-1, Role.PATCH_EMBED_PROJ),
        c.inChannels(),
        c.embedDim(),
        c.patchSize());
    tensors.norm("patch_embed.norm", first.place(-1, Role.PATCH_EMBED_NORM), c.embedDim());
  }

  private void block(SwinConfig c, SwinStage stage, int block) {
    String path = stage.path(block);
    int width = stage.width();
    int hidden = (int) (width * c.mlpRatio());
    tensors.norm(path + ".norm1", stage.place(block, Role.NORM1), width);
    tensors.relativePositions(
        path + ".attn.relative_position_bias_table",
        stage.place(block, Role.ATTN_CORE),
        stage.window(),
        SwinPresets.hasWindow(c) ? c.windowSize() : 0,
        stage.heads());
    Place qkv = stage.place(block, Role.ATTN_QKV);
    tensors.linear(path + ".attn.qkv", qkv, width, 3 * width, c.qkvBias());
    tensors.behindAttention(path, role -> stage.place(block, role), width, hidden);
  }

  private void merging(SwinStage stage) {
    String path = stage.path() + ".downsample";
    int four = 4 * stage.width();
    tensors.norm(path + ".norm", stage.place(-1, Role.DOWNSAMPLE_NORM), four);
    Place reduction = stage.place(-1, Role.DOWNSAMPLE_REDUCTION);
    tensors.linear(path + ".reduction", reduction, four, 2 * stage.width(), false);
  }
}
