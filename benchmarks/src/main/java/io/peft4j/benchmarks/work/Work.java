package io.peft4j.benchmarks.work;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.graph.plan.Activations;
import io.peft4j.harness.train.TrainConfig;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is measured: Swin-T in float32 with random weights, without dropout and drop-path, so that
 * both sides compute the same numbers.
 */
public enum Work {
  /** LoRA on qkv, proj, fc1 and fc2 of all blocks, and a trained classifier; one AdamW step. */
  LORA_STEP("lora-step", Mode.TRAIN, "lora", Options.LORA, Options.CLASSIFY),

  /** Everything is trained. */
  FULL_STEP("full-step", Mode.TRAIN, "full", ImmutableMap.of(), Options.CLASSIFY),

  /** Four PASCAL tasks with HRNet heads and losses. */
  MTLORA_STEP("mtlora-step", Mode.TRAIN, "mtlora", Options.MTLORA, Options.PASCAL),

  /** The same with dropout as it is by default, masks and labels made anew for every step. */
  MTLORA_STEP_FEEDS(
      "mtlora-step-feeds", Mode.TRAIN_FED, "mtlora", Options.MTLORA_DEFAULTS, Options.PASCAL),

  /** The same tasks; the peer decomposes weights once. */
  DITASK_STEP("ditask-step", Mode.TRAIN, "ditask", Options.DITASK, Options.PASCAL),

  /** The same step; the peer decomposes weights in every forward pass, as the released code. */
  DITASK_STEP_RELEASED(
      "ditask-step-released", Mode.TRAIN, "ditask", Options.DITASK, Options.PASCAL),

  /** The same tasks in groups that split with depth; compared with {@link #MTLORA_STEP}. */
  TGLORA_STEP("tglora-step", Mode.TRAIN, "tglora", Options.TGLORA, Options.PASCAL),

  /** Logits from merged weights. */
  FORWARD_MERGED("forward-merged", Mode.FORWARD, "lora", Options.LORA, Options.CLASSIFY),

  /** The matrix products of {@link #LORA_STEP} alone, at the measured rate. */
  GEMM_FLOOR("gemm-floor", Mode.PRODUCTS, "lora", Options.LORA, Options.CLASSIFY),

  /** LoRA with dense heads: cost against the number of tasks, where all share one adapter. */
  LORA_TASKS("lora-tasks", Mode.TRAIN, "lora", Options.LORA, Options.PASCAL);

  /** What a step is. */
  enum Mode {
    /** Loss, gradients, AdamW. */
    TRAIN,
    /** The same, with masks and labels made for every step, as a trainer makes them. */
    TRAIN_FED,
    /** Predictions from merged weights. */
    FORWARD,
    /** Matrix products alone. */
    PRODUCTS
  }

  private static final class Options {
    static final WorkSize CLASSIFY = new WorkSize("swin-tiny", 224, 4, 1);
    static final WorkSize PASCAL = new WorkSize("swin-tiny", 448, 1, 4);
    static final ImmutableMap<String, String> LORA = ImmutableMap.of("rank", "8", "alpha", "8");
    static final ImmutableMap<String, String> MTLORA =
        ImmutableMap.of(
            "sharedRank",
            "64",
            "taskRank",
            "4",
            "scale",
            "4.0",
            "dropout",
            "0.0",
            "unfreeze",
            "others");

    /** Dropout stays what it is by default. */
    static final ImmutableMap<String, String> MTLORA_DEFAULTS =
        ImmutableMap.copyOf(Maps.filterKeys(MTLORA, k -> !k.equals("dropout")));

    static final ImmutableMap<String, String> TGLORA =
        ImmutableMap.of("groups", "1,2,3,4", "dropout", "0.0", "unfreeze", "others");

    /** For backbones whose first stage is narrower than the ranks that are measured. */
    static final ImmutableMap<String, ImmutableMap<String, String>> SMALL_RANKS =
        ImmutableMap.of(
            "mtlora", ImmutableMap.of("sharedRank", "8", "taskRank", "4"),
            "tglora", ImmutableMap.of("rank", "8", "lastStageRank", "8"));

    // As the released code warps, and with its start, since zero parameters could hide a mistake.
    static final ImmutableMap<String, String> DITASK =
        ImmutableMap.of(
            "sharedCells",
            "64",
            "taskCells",
            "4",
            "dropout",
            "0.0",
            "warp",
            "index",
            "init",
            "reference",
            "unfreeze",
            "others");
  }

  private final String id;
  private final Mode mode;
  private final String method;
  private final ImmutableMap<String, String> options;
  private final WorkSize size;

  Work(String id, Mode mode, String method, ImmutableMap<String, String> options, WorkSize size) {
    this.id = id;
    this.mode = mode;
    this.method = method;
    this.options = options;
    this.size = size;
  }

  /**
   * The work of this name.
   *
   * @throws InputException if there is none
   */
  public static Work named(String id) {
    return Arrays.stream(values())
        .filter(w -> w.id.equals(id))
        .findFirst()
        .orElseThrow(
            () -> new InputException("no work '%s'%s".formatted(id, NearestName.hint(id, ids()))));
  }

  /** Names of all works. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(Work::id).toList();
  }

  /** Its name. */
  public String id() {
    return id;
  }

  /** Id of the method that adapts the backbone. */
  public String method() {
    return method;
  }

  /** Options of the method that differ from its defaults; ranks fit the backbone. */
  public ImmutableMap<String, String> options(WorkSize at) {
    if (at.backbone().equals(size.backbone())) {
      return options;
    }
    Map<String, String> fitting = new LinkedHashMap<>(options);
    Options.SMALL_RANKS.getOrDefault(method, ImmutableMap.of()).forEach(fitting::put);
    return ImmutableMap.copyOf(fitting);
  }

  /** The size that it is measured in. */
  public WorkSize size() {
    return size;
  }

  /** True if it predicts maps for several tasks; else it classifies images. */
  public boolean isDense() {
    return size.equals(Options.PASCAL);
  }

  /**
   * True if the method was found.
   *
   * @see io.peft4j.graph.registry.MethodRegistry
   */
  public boolean isAvailable() {
    return WorkModel.hasMethod(method);
  }

  /**
   * The work, ready to run.
   *
   * @throws InputException if its method is not on the class path
   */
  public Bench open(WorkSize at) {
    return open(at, TrainConfig.DEFAULT_ACTIVATIONS);
  }

  /**
   * The work, ready to run.
   *
   * @param activations what a training step keeps for the way back
   * @throws InputException if its method is not on the class path
   */
  public Bench open(WorkSize at, Activations.Policy activations) {
    WorkModel model = model(at);
    return switch (mode) {
      case TRAIN -> new TrainingBench(model, activations, step -> model.inputs());
      case TRAIN_FED -> new TrainingBench(model, activations, model::fed);
      case FORWARD -> new ForwardBench(model);
      case PRODUCTS -> new ProductsBench(model);
    };
  }

  /** The model of the work, for reading what it consists of. */
  public WorkModel model(WorkSize at) {
    return mode == Mode.FORWARD ? WorkModel.merged(this, at) : WorkModel.trained(this, at);
  }
}
