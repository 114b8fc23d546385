package io.peft4j.mtlora;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * MTLoRA and MTLoRA+ (Agiza, Neseem and Reda, CVPR 2024): low-rank pairs that all tasks share, and
 * beside them, in the last block of each stage, pairs of each task; one pass of the backbone.
 *
 * <p>Layers (section 3.2, eq. 1): {@code y = W x + b + s·B A d(x)} with {@code A [r, in]} uniform
 * in ±1/√in, {@code B [out, r]} zero, d dropout and s a plain multiplier, not alpha/r. What a task
 * gets from a layer with pairs of its own (eq. 2) is chosen by {@link MtloraConfig.Form}, since
 * paper and published code differ.
 *
 * <p>Flow: all blocks but a stage's last are shared, and so is the attention of the last. There
 * proj, fc1 and fc2 carry a pair for each task, from which on a task has a stream of its own: its
 * residual sums, the norm before the MLP (same gains), the patch merging (same weights), then the
 * feature for its decoder. Only the shared stream goes on to the next stage. Drop-path is drawn
 * anew for each stream.
 *
 * <p>Trainables are named as in the published checkpoints without their prefix: {@code
 * <site>.lora_shared_A}, {@code <site>.lora_tasks_A.<task>} and so on.
 *
 * <p>Differences to the published code:
 *
 * <ul>
 *   <li>A layer that is switched off does not end the task streams. There, without fc2 every task
 *       gets the shared feature, and without proj a task's output lacks the residual; here a task's
 *       stream begins at the first layer that has pairs for it, and keeps its residual. The papers'
 *       ablations "no FC2" and "no Proj" measure both things at once. Counts are the same.
 *   <li>The shared pair of the last stage's last layer reaches no loss. It is there, untrained;
 *       here it is counted ({@link Rewrite#deadTensors()}) and not made.
 *   <li>Where task and shared pair read the same input, each stream draws a dropout mask of its
 *       own; there, one mask serves all. A task's loss sees the same distribution.
 *   <li>Ranks above what a weight can have are refused.
 * </ul>
 */
@AutoService(PeftMethod.class)
public final class MtloraMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public MtloraMethod() {}

  @Override
  public String id() {
    return "mtlora";
  }

  @Override
  public Class<? extends Record> configType() {
    return MtloraConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new MtloraRewrite((MtloraConfig) config, backbone, tasks);
  }

  @Override
  public String description() {
    return "shared low-rank updates, and one per task in the last block of each stage; MTLoRA+";
  }

  @Override
  public String formula() {
    return "r(in + out) a layer, + T·r_t(in + out) in the tails of the stages; + norms,"
        + " patch embedding, merging, position bias";
  }

  @Override
  public String reference() {
    return "Agiza et al., MTLoRA: A Low-Rank Adaptation Approach for Efficient Multi-Task Learning,"
        + " CVPR 2024";
  }
}
