package io.peft4j.baselines.svft;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * SVFT (Lingam et al., NeurIPS 2024, section 3): of {@code W = U S Vᵀ} the singular vectors stay
 * frozen, and {@code W' = U (S + g·M) Vᵀ} with a sparse trained M {@code [n, n]}, {@code n =
 * min(in, out)}, and, in the authors' code, a trained gate {@code g = sigmoid(gate)} that starts at
 * ½. Emitted as {@code W + g·U M Vᵀ}, so that W stays shared and M = 0 is W to the bit.
 *
 * <p>Trainables are {@code <site>.entries} and {@code <site>.gate}: {@code n(2k + 1) - k(k + 1) +
 * 1} numbers a site with k off-diagonals, whatever the pattern. Merges. By the authors' start M is
 * not zero; {@code init=identity} starts at the pre-trained function.
 *
 * <p>The authors' {@code rank} drops the triplets beyond it from the weight ({@code tail=drop}),
 * and their {@code fill_orthonormal} replaces them ({@code tail=fill}); by default they are kept.
 * Their {@code top_k} ranks signed values and so depends on the signs of the vectors, which are
 * those of {@link io.peft4j.api.linalg.Svd} here.
 *
 * <p>The published MTL-SVFT, 3.83 M trainable numbers on Swin-Tiny with four tasks, cannot be
 * derived from any natural setting of pattern, sites and copies, and no code of it was released:
 * plain SVFT on the four layers of every block has 17,664 entries and 48 gates a copy.
 */
@AutoService(PeftMethod.class)
public final class SvftMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public SvftMethod() {}

  @Override
  public String id() {
    return "svft";
  }

  @Override
  public Class<? extends Record> configType() {
    return SvftConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new SvftRewrite((SvftConfig) config, backbone, tasks);
  }

  @Override
  public String description() {
    return "trains a sparse matrix between the singular vectors of each weight";
  }

  @Override
  public String formula() {
    return "n(2k + 1) - k(k + 1) + 1 a layer, n = min(in, out)";
  }

  @Override
  public String reference() {
    return "Lingam et al., SVFT, NeurIPS 2024";
  }
}
