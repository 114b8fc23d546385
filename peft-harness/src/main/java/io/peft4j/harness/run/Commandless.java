package io.peft4j.harness.run;

import io.peft4j.backbones.build.Architecture;
import io.peft4j.harness.train.TrainConfig;
import java.util.Optional;

/** What a program may choose and {@code peft train} has no option for. */
final class Commandless {
  private Commandless() {}

  /** What the command cannot say of a run; empty if it can do the run again. */
  static Optional<String> reason(RunSpec spec) {
    if (isRandomInPlaceOfShipped(spec.backbone())) {
      return Optional.of(
          "%s has random weights, though some ship".formatted(spec.backbone().preset()));
    }
    TrainConfig train = spec.train();
    TrainConfig standard =
        TrainConfig.of(train.epochs(), train.batch(), train.learningRate(), train.seed());
    TrainConfig said =
        new TrainConfig(
            train.epochs(),
            train.batch(),
            train.accumulation(),
            train.learningRate(),
            standard.warmupEpochs(),
            standard.startRate(),
            standard.endRate(),
            train.weightDecay(),
            standard.decayPolicy(),
            standard.clipNorm(),
            train.evalEvery(),
            train.activations(),
            train.seed());
    return said.equals(train)
        ? Optional.empty()
        : Optional.of("its warm-up, rates at the ends, decay policy or clipping are its own");
  }

  private static boolean isRandomInPlaceOfShipped(BackboneSpec backbone) {
    Architecture config = backbone.config();
    return backbone.weights().equals(BackboneSpec.RANDOM)
        && !BackboneSpec.standard(config).weights().equals(BackboneSpec.RANDOM);
  }
}
