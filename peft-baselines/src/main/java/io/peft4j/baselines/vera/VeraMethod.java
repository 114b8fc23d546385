package io.peft4j.baselines.vera;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * VeRA (Kopiczko et al., ICLR 2024, eq. 2): {@code h = W₀x + Λ_b B Λ_d A x} with trained diagonals
 * {@code Λ_d [r]} and {@code Λ_b [out]} between random matrices {@code A [r, in]}, {@code B [out,
 * r]} that stay frozen and that all layers share. Λ_b starts at zero, so that the start is the
 * pre-trained function.
 *
 * <p>As in HF peft, which follows the authors, layers of different widths share the first columns
 * of one A and the first rows of one B, made for the widest, both uniform by He's rule with gain
 * √2; they follow from {@code seed} and the selected sites and are not saved.
 *
 * <p>Trainables are {@code <site>.vera_d} and {@code <site>.vera_b}: {@code r + out} numbers a
 * site; with rank 256 on the four layers of every block 52,032 on Swin-Tiny. Merges. No multi-task
 * row was published.
 */
@AutoService(PeftMethod.class)
public final class VeraMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public VeraMethod() {}

  @Override
  public String id() {
    return "vera";
  }

  @Override
  public Class<? extends Record> configType() {
    return VeraConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new VeraRewrite((VeraConfig) config, backbone, tasks);
  }

  @Override
  public String description() {
    return "trains scaling vectors between random matrices that all layers share";
  }

  @Override
  public String formula() {
    return "r + out a layer";
  }

  @Override
  public String reference() {
    return "Kopiczko et al., VeRA, ICLR 2024";
  }
}
