package io.peft4j.harness.cli;

import io.peft4j.api.InputException;
import io.peft4j.backbones.build.Architecture;
import io.peft4j.harness.pretrain.Pretraining;
import io.peft4j.harness.run.OutputFolder;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainConfig;
import io.peft4j.harness.train.TrainListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code peft pretrain}: a backbone's first weights, from rendered objects. */
@Command(
    name = "pretrain",
    description = "Train a backbone from random weights to name rendered objects.")
public final class PretrainCommand implements Callable<Integer> {
  @Mixin private ArchitectureOptions architecture = new ArchitectureOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "safetensors file to write: backbone, final norm and classifier")
  private Path out;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "10",
      description = "epochs; no picture is seen twice (default: ${DEFAULT-VALUE})")
  private int epochs;

  @Option(
      names = "--epoch-images",
      paramLabel = "N",
      defaultValue = "13440",
      description = "pictures rendered for an epoch (default: ${DEFAULT-VALUE})")
  private int epochImages;

  @Option(
      names = "--held-out",
      paramLabel = "N",
      defaultValue = "1500",
      description = "pictures that the accuracy is measured on (default: ${DEFAULT-VALUE})")
  private int heldOut;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "pictures per step (default: ${DEFAULT-VALUE})")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      defaultValue = "1e-3",
      description = "peak learning rate (default: ${DEFAULT-VALUE})")
  private double learningRate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "seed of weights and pictures (default: ${DEFAULT-VALUE})")
  private long seed;

  @Override
  public Integer call() {
    Architecture backbone = architecture.config();
    TrainConfig config = TrainConfig.of(epochs, batch, learningRate, seed);
    Pretraining pretraining = new Pretraining(backbone, epochImages, heldOut, config);
    if (Files.isDirectory(out)) {
      throw new InputException("--out %s is a folder; name a file in it".formatted(out));
    }
    OutputFolder.prepare(out.toAbsolutePath().getParent());
    double accuracy;
    try (ProgressBar bar = Progress.bar("pretrain " + backbone.id(), pretraining.steps())) {
      accuracy = pretraining.run(out, commandLine(backbone), new Bar(bar));
    }
    Result result =
        new Result(out.toString(), backbone.id(), pretraining.steps(), seed, heldOut, accuracy);
    output.result(result, result::text);
    return ExitCode.DONE;
  }

  /** The command that makes the same file again. */
  private String commandLine(Architecture backbone) {
    return "peft pretrain --backbone %s --image-size %dx%d --epochs %d --epoch-images %d "
            .formatted(
                backbone.id(), backbone.imageHeight(), backbone.imageWidth(), epochs, epochImages)
        + "--held-out %d --batch %d --lr %s --seed %d"
            .formatted(heldOut, batch, learningRate, seed);
  }

  private record Bar(ProgressBar bar) implements TrainListener {
    @Override
    public void step(long step, long steps, Map<String, Double> losses) {
      bar.stepTo(step);
      bar.setExtraMessage("loss %.3f".formatted(losses.get(MultiTaskModel.LOSS)));
    }
  }

  private record Result(
      String file, String backbone, long steps, long seed, int heldOut, double accuracy) {
    String text() {
      return String.format(
          Locale.ROOT,
          "%s: %.1f %% of %d held-out objects named rightly after %d steps; written to %s",
          backbone,
          100 * accuracy,
          heldOut,
          steps,
          file);
    }
  }
}
