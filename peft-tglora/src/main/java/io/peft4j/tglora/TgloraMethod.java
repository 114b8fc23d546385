package io.peft4j.tglora;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * TGLoRA (Gangwar et al., Parameter-Efficient Multi-Task Learning via Progressive Task-Specific
 * Adaptation): LoRA whose adapters are shared by all tasks in early layers and by ever smaller task
 * groups in later ones (section 3.2, eq. 4). Each group runs a copy of the layer's computation on
 * the one frozen weight.
 *
 * <p>The paper computes task groups for a given number of groups per stage (section 3.3); {@code
 * groups=auto} chooses the numbers too, under a budget. There is no public code to differ from;
 * where the text leaves a choice, an option says so: {@code scale} reads the supplement's "a
 * scaling of 4" as the factor γ itself, {@code alpha} as the numerator of eq. 4. Algorithm 1 is
 * mended, see {@link io.peft4j.grouping.GroupMerging}.
 *
 * <p>Trainables are {@code <site>.lora_A} and {@code <site>.lora_B}, followed by {@code .<tasks of
 * the group>} where a stage has several groups.
 */
@AutoService(PeftMethod.class)
public final class TgloraMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public TgloraMethod() {}

  @Override
  public String id() {
    return "tglora";
  }

  @Override
  public Class<? extends Record> configType() {
    return TgloraConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new TgloraRewrite((TgloraConfig) config, backbone, tasks);
  }

  @Override
  public String description() {
    return "low-rank adapters of task groups that split with depth";
  }

  @Override
  public String formula() {
    return "r(in + out) a layer and group of tasks; + norms, patch embedding, merging,"
        + " position bias";
  }

  @Override
  public String reference() {
    return "Gangwar et al., Parameter-Efficient Multi-Task Learning via Progressive Task-Specific"
        + " Adaptation";
  }
}
