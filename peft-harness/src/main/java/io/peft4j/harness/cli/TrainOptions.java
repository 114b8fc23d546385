package io.peft4j.harness.cli;

import io.peft4j.graph.plan.Activations;
import io.peft4j.harness.run.RunDefaults;
import io.peft4j.harness.train.TrainConfig;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to train. */
public final class TrainOptions {
  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "" + RunDefaults.EPOCHS,
      description = "passes over the training images (default: ${DEFAULT-VALUE})")
  private int epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "" + RunDefaults.BATCH,
      description = "images per step (default: ${DEFAULT-VALUE})")
  private int batch;

  @Option(
      names = "--accumulation",
      paramLabel = "N",
      defaultValue = "1",
      description = "steps whose mean gradient makes one update (default: ${DEFAULT-VALUE})")
  private int accumulation;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = "peak learning rate of every method (default: by method)")
  private @Nullable Double learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "RATE",
      description = "decoupled weight decay (default: 0.05)")
  private @Nullable Double weightDecay;

  @Option(
      names = "--eval-every",
      paramLabel = "N",
      description = "epochs between evaluations (default: after the last one only)")
  private @Nullable Integer evalEvery;

  @Option(
      names = "--activations",
      paramLabel = "keep|cheap|checkpoint",
      defaultValue = "cheap",
      description =
          "what a step keeps: all, all but what is cheap to compute again, or block outputs"
              + " (default: ${DEFAULT-VALUE}); the result is the same")
  private Activations.Policy activations;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "" + RunDefaults.SEED,
      description = "seed of initial values, order and noise (default: ${DEFAULT-VALUE})")
  private long seed;

  /** The learning rate, if one is given. */
  public Optional<Double> learningRate() {
    return Optional.ofNullable(learningRate);
  }

  /**
   * How to train a method.
   *
   * @throws io.peft4j.api.InputException if a value is out of range
   */
  public TrainConfig config(String method) {
    double rate = learningRate().orElseGet(() -> RunDefaults.learningRate(method));
    TrainConfig standard = TrainConfig.of(epochs, batch, rate, seed);
    return new TrainConfig(
        epochs,
        batch,
        accumulation,
        rate,
        standard.warmupEpochs(),
        standard.startRate(),
        standard.endRate(),
        weightDecay == null ? standard.weightDecay() : weightDecay,
        standard.decayPolicy(),
        standard.clipNorm(),
        evalEvery == null ? standard.evalEvery() : evalEvery,
        activations,
        seed);
  }
}
