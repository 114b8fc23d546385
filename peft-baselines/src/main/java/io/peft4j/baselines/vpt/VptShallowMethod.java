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
 * VPT-Shallow: {@code [Z_1, E_1] = L_1([P, E_0])} with prompts P in the first block alone (Jia et
 * al., ECCV 2022, eq. 4 and 5), as the multi-task benchmark behind the published rows does it for
 * windows: the prompts, not normalised, are appended to the tokens of each window, take part in the
 * attention without position bias or mask, and are dropped after it. Their queries are dropped with
 * them, so only keys and values are computed: {@code softmax([s·Q Kᵀ + B, s·Q (P W_K + b_K)ᵀ]) [V;
 * P W_V + b_V]}. With spatial reduction (PVT) they join the reduced keys and values.
 *
 * <p>With {@code official}, on Swin, they travel as in the original code: normalised like tokens,
 * averaged over windows, through residual sums and MLPs, and four times side by side through patch
 * mergings, see {@link TravellingPrompts}.
 *
 * <p>Trainables are {@code <attention>.prompts [p, C]}; p·C of the first stage; 50 prompts have
 * 4,800 numbers a task on Swin-Tiny and 3,200 on PVT-Small. Not mergeable: softmax couples prompts
 * and tokens.
 */
@AutoService(PeftMethod.class)
public final class VptShallowMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public VptShallowMethod() {}

  @Override
  public String id() {
    return "vpt-shallow";
  }

  @Override
  public Class<? extends Record> configType() {
    return VptConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new VptRewrite((VptConfig) config, false, backbone, tasks);
  }

  @Override
  public Map<String, Preset> presets() {
    return PolyhistorBenchmark.preset(Map.of("prompts", "50", "perTask", "true"));
  }

  @Override
  public String description() {
    return "prompts beside the tokens in the attention of the first block";
  }

  @Override
  public String formula() {
    return "pC of the first block";
  }

  @Override
  public String reference() {
    return "Jia et al., Visual Prompt Tuning, ECCV 2022";
  }
}
