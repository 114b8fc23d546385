package io.peft4j.backbones.pvt;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.backbone.Place;
import io.peft4j.api.backbone.Role;
import io.peft4j.backbones.build.Classifier;
import io.peft4j.backbones.build.Tensors;
import io.peft4j.backbones.names.PvtNames;
import io.peft4j.backbones.weights.WeightSpec;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The parameters of a PVT under the names of the public checkpoints, in order of use. */
final class PvtWeights {
  static final String CLASS_TOKEN = "cls_token";

  private final Tensors tensors = new Tensors();

  private PvtWeights() {}

  static WeightSpec spec(PvtConfig c, List<PvtStage> stages) {
    PvtWeights w = new PvtWeights();
    int channels = c.inChannels();
    int edge = c.patchSize();
    for (PvtStage stage : stages) {
      w.embedding(stage, channels, edge);
      for (int b = 0; b < stage.depth(); b++) {
        w.block(c, stage, b);
      }
      channels = stage.width();
      edge = PvtGeometry.MERGING;
    }
    if (c.numClasses() > 0) {
      stages.get(stages.size() - 1).classifier().declare(w.tensors, c.numClasses());
    }
    Set<String> spare = new HashSet<>(c.numClasses() > 0 ? Set.of() : Classifier.ENTRIES);
    if (!c.classToken()) {
      spare.add(CLASS_TOKEN);
    }
    return new WeightSpec(
        c.id(), w.tensors.all(), Set.of(), spare, PvtNames.all(stages.size()), facts(c));
  }

  /** Keys of Hugging Face's {@code PvtConfig}. */
  private static Map<String, Object> facts(PvtConfig c) {
    List<PvtConfig.Stage> stages = c.stages();
    return ImmutableMap.<String, Object>builder()
        .put("model_type", "pvt")
        .put("num_encoder_blocks", stages.size())
        .put("hidden_sizes", stages.stream().map(PvtConfig.Stage::width).toList())
        .put("depths", stages.stream().map(PvtConfig.Stage::depth).toList())
        .put("num_attention_heads", stages.stream().map(PvtConfig.Stage::heads).toList())
        .put("mlp_ratios", stages.stream().map(PvtConfig.Stage::mlpRatio).toList())
        .put("sequence_reduction_ratios", stages.stream().map(PvtConfig.Stage::reduction).toList())
        .put("num_channels", c.inChannels())
        .put("qkv_bias", c.qkvBias())
        .put("hidden_act", "gelu")
        .buildOrThrow();
  }

  private void embedding(PvtStage stage, int channels, int edge) {
    String path = stage.patchEmbedding();
    int width = stage.width();
    Place proj = stage.place(-1, Role.PATCH_EMBED_PROJ);
    tensors.convolution(path + ".proj", proj, channels, width, edge);
    tensors.norm(path + ".norm", stage.place(-1, Role.PATCH_EMBED_NORM), width);
    Place sum = stage.place(-1, Role.POSITION_SUM);
    if (stage.hasClassToken()) {
      // It enters as an addend of the table's first row, so it is a position like that row.
      tensors.position(CLASS_TOKEN, sum, 1, 1, width);
    }
    tensors.positions(stage.positionTable(), sum, stage.grid(), width);
  }

  private void block(PvtConfig c, PvtStage stage, int block) {
    String path = stage.path(block);
    int width = stage.width();
    int hidden = stage.hidden();
    tensors.norm(path + ".norm1", stage.place(block, Role.NORM1), width);
    tensors.linear(path + ".attn.q", stage.place(block, Role.ATTN_Q), width, width, c.qkvBias());
    if (stage.isReduced()) {
      Place reduction = stage.place(block, Role.SPATIAL_REDUCTION);
      tensors.convolution(path + ".attn.sr", reduction, width, width, stage.dims().reduction());
      tensors.norm(path + ".attn.norm", stage.place(block, Role.SPATIAL_REDUCTION_NORM), width);
    }
    Place kv = stage.place(block, Role.ATTN_KV);
    tensors.linear(path + ".attn.kv", kv, width, 2 * width, c.qkvBias());
    tensors.behindAttention(path, role -> stage.place(block, role), width, hidden);
  }
}
