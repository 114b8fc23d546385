package io.peft4j.baselines.reft;

import io.peft4j.api.InputException;
import io.peft4j.api.backbone.Param.Kind;
import io.peft4j.api.method.Emit;
import io.peft4j.api.method.Init;
import io.peft4j.api.method.Ops;
import io.peft4j.baselines.linalg.Orthonormal;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One intervention on rows of a width.
 *
 * @param config what kind it is
 * @param width channels of a row
 */
record Intervention(ReftConfig config, int width) {
  /** Local name of R, {@code [r, C]}. */
  static final String ROTATION = "reft_rotation";

  /**
   * An intervention.
   *
   * @throws InputException if the rank is larger than the width
   */
  static Intervention of(ReftConfig config, String site, int width) {
    if (config.rank() > width) {
      throw new InputException(
          "rank %d is larger than the %d channels of site %s; lower it, or leave the stage out"
              .formatted(config.rank(), width, site));
    }
    return new Intervention(config, width);
  }

  /** Trainable numbers: R, b and, where there is one, W. */
  long numbers() {
    long matrices = config.form() == ReftConfig.Form.CONSREFT ? 1 : 2;
    return matrices * config.rank() * width + config.rank();
  }

  /** The changed rows. */
  SDVariable of(Emit emit, SDVariable h) {
    Ops ops = emit.ops();
    int rank = config.rank();
    SDVariable rotation = emit.param(ROTATION, Kind.LOW_RANK, startOfRotation(), rank, width);
    SDVariable change =
        switch (config.form()) {
          case LOREFT, NOREFT -> {
            SDVariable weight =
                emit.param("reft_source", Kind.LOW_RANK, startOfSource(rotation), rank, width);
            SDVariable bias = emit.param("reft_bias", Kind.BIAS, startOfBias(), rank);
            // without a function one product does for both, and W = R gives zero to the bit
            yield config.activation() == ReftConfig.Activation.LINEAR
                ? ops.linear(h, weight.sub(rotation), bias)
                : activated(ops, ops.linear(h, weight, bias)).sub(ops.linear(h, rotation));
          }
          case CONSREFT ->
              ops.linear(h, rotation)
                  .neg()
                  .add(emit.param("reft_bias", Kind.BIAS, uniform(), rank));
          case DIREFT -> {
            SDVariable weight =
                emit.param("reft_source", Kind.LOW_RANK, startOfSource(rotation), rank, width);
            SDVariable bias = emit.param("reft_bias", Kind.BIAS, startOfBias(), rank);
            yield activated(ops, ops.linear(h, weight, bias));
          }
        };
    SDVariable changed = h.add(ops.matmul(change, rotation, false, false));
    return emit.dropout("reft_dropout", changed, config.dropout(), width);
  }

  private SDVariable activated(Ops ops, SDVariable x) {
    return switch (config.activation()) {
      case LINEAR -> x;
      case RELU -> ops.relu(x);
      case GELU -> ops.gelu(x);
      case SWISH -> ops.silu(x);
      case TANH -> ops.tanh(x);
    };
  }

  /** Orthonormal rows, or PyTorch's linear layer where R is free. */
  private Init startOfRotation() {
    return config.form().isOrthonormal()
        ? (random, type, shape) ->
            Nd4j.createFromArray(Orthonormal.random(random, config.rank(), width)).castTo(type)
        : Init.kaimingUniform();
  }

  private Init startOfSource(SDVariable rotation) {
    if (config.init() == ReftConfig.Start.PAPER) {
      return Init.kaimingUniform();
    }
    return config.form() == ReftConfig.Form.DIREFT ? Init.zeros() : Init.of(rotation::getArr);
  }

  private Init startOfBias() {
    return config.init() == ReftConfig.Start.PAPER
        ? Init.uniform(1 / Math.sqrt(width))
        : Init.zeros();
  }

  /** In [0, 1), as the authors start a constant. */
  private static Init uniform() {
    return (random, type, shape) -> Init.uniform(0.5).create(random, type, shape).addi(0.5);
  }
}
