package io.peft4j.mtlora;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.method.Option;
import io.peft4j.api.method.Ranges;
import io.peft4j.api.select.ParamGroup;
import java.util.List;
import java.util.Map;

/**
 * Configuration of MTLoRA; names in brackets are those of the published configuration files.
 *
 * @param sharedRank rank of the pairs that all tasks share [R]
 * @param taskRank rank of the pairs of a task [R_PER_TASK]
 * @param scale multiplier of every branch, not divided by the rank [SHARED_SCALE]; at 4 it moves a
 *     weight four times as far a step as LoRA with alpha = rank at equal learning rate
 * @param dropout dropout on the input of a branch, in [0, 1); a task's own stream is not dropped
 * @param form what a task gets from a layer with pairs of its own
 * @param mergingLora MTLoRA+: the patch merging keeps its weight and gets shared pairs
 *     [DOWNSAMPLER_ENABLED]
 * @param unfreeze groups of backbone parameters that are trained too; with {@code mergingLora} the
 *     weights of the patch merging stay frozen even if {@code others} names them
 * @param qkv adapts the query, key and value projections [QKV_ENABLED]
 * @param proj adapts the output projections of the attention [PROJ_ENABLED]
 * @param fc1 adapts the first layers of the MLPs [FC1_ENABLED]
 * @param fc2 adapts the second layers of the MLPs [FC2_ENABLED]
 * @param splitQkv a fused projection gets a pair for query, key and value each [SPLIT_QKV]
 * @param rankPerTask rank by task, where it is not {@code taskRank} [R_PER_TASK]
 * @param scalePerTask scale by task, where it is not {@code scale} [SCALE_PER_TASK]
 */
public record MtloraConfig(
    @Option(value = "rank of the pairs that all tasks share", byDefault = "16") int sharedRank,
    @Option(value = "rank of the pairs of each task", byDefault = "4") int taskRank,
    @Option(value = "multiplier of every branch, not divided by the rank", byDefault = "4.0")
        double scale,
    @Option(value = "dropout on the input of a branch, in [0, 1)", byDefault = "0.05")
        double dropout,
    @Option(
            value =
                "what a task gets from a layer: reference (W on the shared input, no shared"
                    + " branch), paper (W on the task's input), v2 (reference and the shared"
                    + " branch), addition (reference; shared = sum of the tasks, normed)",
            byDefault = "reference")
        Form form,
    @Option(value = "MTLoRA+: shared pairs on a frozen patch merging", byDefault = "false")
        boolean mergingLora,
    @Option(
            value = "groups of backbone parameters that are trained too; others = first four",
            byDefault = "others")
        List<ParamGroup> unfreeze,
    @Option(value = "adapt query, key and value projections", byDefault = "true") boolean qkv,
    @Option(value = "adapt output projections of the attention", byDefault = "true") boolean proj,
    @Option(value = "adapt first layers of the MLPs", byDefault = "true") boolean fc1,
    @Option(value = "adapt second layers of the MLPs", byDefault = "true") boolean fc2,
    @Option(value = "a pair each for query, key and value", byDefault = "false") boolean splitQkv,
    @Option(value = "rank by task, such as semseg=8,sal=2; else taskRank", byDefault = "")
        Map<String, Integer> rankPerTask,
    @Option(value = "scale by task, such as sal=2.0; else scale", byDefault = "")
        Map<String, Double> scalePerTask) {

  /**
   * The output {@code y_t} of a layer with pairs of task t, where x is the shared stream's input
   * and {@code x_t} the task's, the same until the task's stream begins; {@code y = W x + b + s·B A
   * d(x)} is the shared output.
   */
  public enum Form {
    /** The published code: {@code y_t = W x + b + s·B_t A_t x_t}. */
    REFERENCE,
    /** The paper's eq. 2 read literally: {@code y_t = W x_t + b + s·B_t A_t x_t}. */
    PAPER,
    /** The published code's mode matrixv2: {@code y_t = y + s·B_t A_t x_t}. */
    V2,
    /**
     * The published code's mode addition: {@code y_t} as {@link #REFERENCE}; such layers have no
     * shared pair, but {@code y = W x + b + LayerNorm(Σ_t y_t)}. It does not start as the frozen
     * backbone, and a task's loss reaches what other tasks have in earlier stages.
     */
    ADDITION
  }

  /** Checks ranges, and that something is adapted. */
  public MtloraConfig {
    Ranges.requireAtLeast(1, "sharedRank", sharedRank);
    Ranges.requireAtLeast(1, "taskRank", taskRank);
    Ranges.requirePositive("scale", scale);
    Ranges.requireDropout(dropout);
    unfreeze = ImmutableList.copyOf(unfreeze);
    rankPerTask = ImmutableMap.copyOf(rankPerTask);
    scalePerTask = ImmutableMap.copyOf(scalePerTask);
    rankPerTask.forEach((task, rank) -> Ranges.requireAtLeast(1, "rankPerTask " + task, rank));
    scalePerTask.forEach((task, s) -> Ranges.requirePositive("scalePerTask " + task, s));
    if (!(qkv || proj || fc1 || fc2 || mergingLora)) {
      throw new InputException(
          "qkv, proj, fc1, fc2 and mergingLora are all false, so no layer is adapted; set one");
    }
    if (splitQkv && !qkv) {
      throw new InputException("splitQkv true needs qkv, which is false; set qkv=true");
    }
    if (mergingLora && unfreeze.contains(ParamGroup.MERGING)) {
      throw new InputException(
          "unfreeze names merging, whose weights mergingLora keeps frozen; drop one of the two");
    }
  }

  /** Rank of a task's pairs. */
  int rankOf(String task) {
    return rankPerTask.getOrDefault(task, taskRank);
  }

  /** Scale of a task's branches. */
  double scaleOf(String task) {
    return scalePerTask.getOrDefault(task, scale);
  }
}
