package io.peft4j.baselines.reft;

import com.google.auto.service.AutoService;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.method.PeftMethod;
import io.peft4j.api.method.Rewrite;
import io.peft4j.api.routing.Task;
import java.util.List;

/**
 * LoReFT (Wu et al., ReFT, NeurIPS 2024, eq. 2): {@code h' = h + Rᵀ(W h + b - R h)} on the residual
 * stream after each block, with R, W {@code [r, C]} and the rows of R kept orthonormal after every
 * step; NoReFT, ConsReFT and DiReFT by option, and other places.
 *
 * <p>The paper changes a few tokens of a prompt; a dense task needs them all, which is the default
 * here, and {@code tokens} has the paper's notation.
 *
 * <p>Trainables are {@code <site>.reft_rotation}, {@code <site>.reft_source} and {@code
 * <site>.reft_bias}: {@code 2rC + r} numbers a site (ConsReFT {@code rC + r}); with one site a
 * block and rank 4, 35,376 on Swin-Tiny. The paper's start is not the pre-trained function (with
 * rank 4 of 96 channels a quarter of the norm changes); {@code init=identity} starts there.
 *
 * <p>Affine as it is, an intervention folds into the layer before it, so {@code at=linear} merges:
 * {@code W₀' = (I + Rᵀ(W - R)) W₀}, {@code b₀' = (I + Rᵀ(W - R)) b₀ + Rᵀb}. On taps it does not:
 * they are activations, the residual stream a sum.
 *
 * <p>The published MTL-ReFT, 16.16 M trainable numbers on Swin-Tiny with four tasks, cannot be
 * derived from any natural setting of sites, rank and copies, and no code of it was released.
 */
@AutoService(PeftMethod.class)
public final class ReftMethod implements PeftMethod {
  /** Found by ServiceLoader. */
  public ReftMethod() {}

  @Override
  public String id() {
    return "reft";
  }

  @Override
  public Class<? extends Record> configType() {
    return ReftConfig.class;
  }

  @Override
  public Rewrite bind(Record config, Backbone backbone, List<Task> tasks) {
    return new ReftRewrite((ReftConfig) config, backbone, tasks);
  }

  @Override
  public String description() {
    return "changes representations in a low-rank subspace (LoReFT)";
  }

  @Override
  public String formula() {
    return "2rC + r a site";
  }

  @Override
  public String reference() {
    return "Wu et al., ReFT, NeurIPS 2024";
  }
}
