package io.peft4j.baselines.prefix;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * Prefix tuning (Li and Liang, ACL 2021, section 4): every attention sees p trained keys and values
 * beside those of the image, {@code softmax([s·Q P_kᵀ, s·Q Kᵀ + B]) [P_v; V]}; in windows, every
 * window sees the same. Position bias and mask do not apply to them. With spatial reduction (PVT)
 * they stand beside the reduced keys and values.
 *
 * <p>Trainables are {@code <attention>.prefix_keys} and {@code .prefix_values [p, C]}: 2pC numbers
 * a block, 176,640 on Swin-Tiny with p = 20. With {@code reparametrized} (section 4.3) they are the
 * output of {@code Linear(tanh(Linear(E)))} on trained rows E {@code [p, e]}: {@code pe + (e + 1)h
 * + Σ 2C(h + 1)} numbers. Layers have different widths here, so the last linear layer is kept in
 * one piece per attention.
 *
 * <p>The start is not the pre-trained function: a key takes its share of every softmax whatever it
 * is. Not mergeable: softmax couples prefixes and tokens. No multi-task row was published.
 */
@AutoService(PeftMethod.class)
public final class PrefixMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public PrefixMethod() {}

  @Override
  public String id() {
    return "prefix";
  }

  @Override
  public Class<? extends Record> configType() {
    return PrefixConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new PrefixRewrite((PrefixConfig) config, backbone, tasks);
  }

  @Override
  public String description() {
    return "trained keys and values in front of those of every attention";
  }

  @Override
  public String formula() {
    return "2pC a block";
  }

  @Override
  public String reference() {
    return "Li and Liang, Prefix-Tuning, ACL 2021";
  }
}
