package io.peft4j.benchmarks;

import com.google.common.base.MoreObjects;
import io.peft4j.benchmarks.work.Bench;
import io.peft4j.benchmarks.work.Work;
import io.peft4j.benchmarks.work.WorkSize;
import io.peft4j.graph.plan.Activations;
import io.peft4j.harness.train.TrainConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A work and what differs from its standard size. */
final class SizeOptions {
  @Parameters(index = "0", paramLabel = "WORK", description = "name of the work")
  private String work = "";

  @Option(names = "--backbone", description = "another preset, such as swin-nano")
  private @Nullable String backbone;

  @Option(names = "--image", description = "edge of the images in pixels")
  private @Nullable Integer image;

  @Option(names = "--batch", description = "images a step")
  private @Nullable Integer batch;

  @Option(names = "--tasks", description = "number of dense tasks")
  private @Nullable Integer tasks;

  @Option(
      names = "--activations",
      description = "what a training step keeps: keep, cheap or checkpoint")
  private Activations.Policy activations = TrainConfig.DEFAULT_ACTIVATIONS;

  Bench open() {
    return work().open(size(), activations);
  }

  Work work() {
    return Work.named(work);
  }

  WorkSize size() {
    WorkSize standard = work().size();
    return new WorkSize(
        MoreObjects.firstNonNull(backbone, standard.backbone()),
        MoreObjects.firstNonNull(image, standard.image()),
        MoreObjects.firstNonNull(batch, standard.batch()),
        MoreObjects.firstNonNull(tasks, standard.tasks()));
  }
}
