package io.peft4j.lora;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.lowrank.LowRankForm;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Preset;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * LoRA (Hu et al., ICLR 2022, eq. 3): {@code h = W₀x + s·B A x} with {@code A [r, in]}, {@code B
 * [out, r]}, B zero at the start, {@code s = alpha/r}; W₀ stays frozen.
 *
 * <p>Variants by option: rsLoRA, PiSSA, DoRA, see {@link LoraConfig}. Trainables are {@code
 * <site>.lora_A}, {@code <site>.lora_B} and, for DoRA, {@code <site>.lora_magnitude_vector}, each
 * followed by {@code .<task>} where every task has its own: r(in + out) numbers a site, and out
 * more with DoRA.
 *
 * <p>DoRA for several tasks is {@code dora=true}, with {@code perTask=true} for a copy per task: on
 * the four layers of every block 70,656 r + 39,744 numbers a copy on Swin-Tiny. The published
 * MTL-DoRA, 6.40 M, cannot be derived from any natural choice of layers, rank and copies, and no
 * code of it was released; it equals what the same table gives for MTLoRA with rank 64.
 *
 * <p>The preset {@code polyhistor} is the LoRA row of Polyhistor's benchmark: rank 4 with scale 4
 * on queries, keys and values, per task, with a trained layer norm before A, which its count shows
 * (18C a block: 4 · 79,488 on Swin-Tiny, 4 · 74,880 on PVT-Small). On PVT, whose code is not known,
 * queries and values have a pair each, which gives that count. Its A starts with standard deviation
 * 0.01, here as elsewhere uniform in ±1/√in.
 */
@AutoService(PeftMethod.class)
public final class LoraMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public LoraMethod() {}

  @Override
  public String id() {
    return "lora";
  }

  @Override
  public Class<? extends Record> configType() {
    return LoraConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new LoraRewrite((LoraConfig) config, backbone, tasks);
  }

  @Override
  public Map<String, Preset> presets() {
    Map<String, String> options =
        Map.of("rank", "4", "alpha", "16", "norm", "block", "perTask", "true");
    return Map.of(
        "polyhistor",
        Preset.of("the multi-task benchmark of Polyhistor (NeurIPS 2022)", options)
            .on("swin", Map.of("targets", "qkv"))
            .on("pvt", Map.of("targets", "q,kv", "qkvParts", "v")));
  }

  @Override
  public Optional<LowRankForm> lowRankForm() {
    return Optional.of(new LoraLowRank());
  }

  @Override
  public String description() {
    return "low-rank updates of linear layers; rsLoRA, PiSSA and DoRA by option";
  }

  @Override
  public String formula() {
    return "r(in + out) a layer; + out with DoRA";
  }

  @Override
  public String reference() {
    return "Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, ICLR 2022";
  }
}
