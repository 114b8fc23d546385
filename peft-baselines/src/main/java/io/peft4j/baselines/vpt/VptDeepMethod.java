package io.peft4j.baselines.vpt;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import io.peft4j.baselines.PolyhistorBenchmark;
import java.util.List;
import java.util.Map;

/**
 * VPT-Deep: {@code [_, Z_i] = L_i([P_{i-1}, E_{i-1}])} with prompts P of its own in every block
 * (Jia et al., ECCV 2022, eq. 6 and 7), as the multi-task benchmark behind the published rows does
 * it for windows: the prompts, not normalised, are appended to the tokens of each window, take part
 * in the attention without position bias or mask, and are dropped after it. Their queries are
 * dropped with them, so only keys and values are computed: {@code softmax([s·Q Kᵀ + B, s·Q (P W_K +
 * b_K)ᵀ]) [V; P W_V + b_V]}. With spatial reduction (PVT) they join the reduced keys and values.
 *
 * <p>With {@code official} prompts pass the norm before the attention first, as in the original
 * code, where those of a block replace what the block before has made of its own.
 *
 * <p>Trainables are {@code <attention>.prompts [p, C]}; p·ΣC over the blocks; 50 prompts have
 * 220,800 numbers a task on Swin-Tiny and 208,000 on PVT-Small. Not mergeable: softmax couples
 * prompts and tokens.
 */
@AutoService(PeftMethod.class)
public final class VptDeepMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public VptDeepMethod() {}

  @Override
  public String id() {
    return "vpt-deep";
  }

  @Override
  public Class<? extends Record> configType() {
    return VptConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new VptRewrite((VptConfig) config, true, backbone, tasks);
  }

  @Override
  public Map<String, Preset> presets() {
    return PolyhistorBenchmark.preset(Map.of("prompts", "50", "perTask", "true"));
  }

  @Override
  public String description() {
    return "prompts beside the tokens in the attention of every block";
  }

  @Override
  public String formula() {
    return "pC a block";
  }

  @Override
  public String reference() {
    return "Jia et al., Visual Prompt Tuning, ECCV 2022";
  }
}
