package io.peft4j.baselines.ia3;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * (IA)³ (Liu et al., NeurIPS 2022, section 3.3): {@code softmax(s·Q (l_k ⊙ K)ᵀ)(l_v ⊙ V)} in every
 * attention and {@code (l_ff ⊙ γ(x W₁ᵀ)) W₂ᵀ} in every MLP, with trained vectors that start at one,
 * so that the start is the pre-trained function.
 *
 * <p>Trainables are {@code <qkv or kv>.ia3_k [C]}, {@code .ia3_v [C]} and {@code <fc2>.ia3_ff}: C
 * numbers each for keys and values and the width of the hidden layer, together 6C a block where the
 * MLP is four times as wide; 26,496 on Swin-Tiny. Merges: each vector scales rows or columns of a
 * weight. No multi-task row was published.
 */
@AutoService(PeftMethod.class)
public final class Ia3Method implements PeftMethod {
  /** Found by ServiceLoader. */
  public Ia3Method() {}

  @Override
  public String id() {
    return "ia3";
  }

  @Override
  public Class<? extends Record> configType() {
    return Ia3Config.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new Ia3Rewrite((Ia3Config) config, backbone, tasks);
  }

  @Override
  public String description() {
    return "scales keys, values and the hidden layer of the MLP by trained vectors";
  }

  @Override
  public String formula() {
    return "2C + hidden width a block";
  }

  @Override
  public String reference() {
    return "Liu et al., Few-Shot Parameter-Efficient Fine-Tuning, NeurIPS 2022";
  }
}
