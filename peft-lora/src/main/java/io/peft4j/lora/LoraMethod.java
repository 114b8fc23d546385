package io.peft4j.lora;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * LoRA (Hu et al., ICLR 2022, eq. 3): {@code h = W₀x + s·B A x} with {@code A [r, in]}, {@code B
 * [out, r]}, B zero at the start, {@code s = alpha/r}; W₀ stays frozen.
 *
 * <p>Variants by option: rsLoRA, PiSSA, DoRA, see {@link LoraConfig}. Trainables are {@code
 * <site>.lora_A}, {@code <site>.lora_B} and, for DoRA, {@code <site>.lora_magnitude_vector}, each
 * followed by {@code .<task>} where every task has its own.
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
