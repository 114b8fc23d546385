package io.peft4j.adapters.merge;

import com.google.common.collect.ImmutableMap;
import io.peft4j.api.InputException;
import io.peft4j.api.NearestName;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.backbone.Feature;
import io.peft4j.api.method.Init;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.PeftModel;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.NoiseFeed;
import io.peft4j.graph.merge.MergedWeights;
import io.peft4j.graph.rewrite.Emission;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An adapted backbone as plain weights: a checkpoint that needs no adapter, under the names of the
 * backbone's public checkpoints.
 *
 * @param task the task whose features it gives
 * @param weights every parameter of the backbone by path
 * @param error largest deviation of the features from those of the adapted model, relative to their
 *     largest magnitude, over all stages; measured on random images
 */
public record MergedCheckpoint(String task, Map<String, INDArray> weights, double error) {
  /** What the deviation may be in single precision. */
  public static final double TOLERANCE = 1e-5;

  private static final int IMAGES = 2;
  private static final long SEED = 17;

  /** Copies the map. */
  public MergedCheckpoint {
    weights = ImmutableMap.copyOf(weights);
  }

  /**
   * Merges a model for one of its tasks.
   *
   * @throws InputException if there is no such task, an array of the adapter or of the result holds
   *     NaN or an infinity, or the features of the merged backbone deviate by more than {@link
   *     #TOLERANCE}
   * @throws io.peft4j.graph.merge.MergeException if the method cannot be merged, naming the sites
   */
  public static MergedCheckpoint of(PeftModel model, String task) {
    Task wanted =
        model.tasks().stream()
            .filter(t -> t.name().equals(task))
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        "no task '%s'%s"
                            .formatted(
                                task,
                                NearestName.hint(
                                    task, model.tasks().stream().map(Task::name).toList()))));
    model.arrays().forEach((name, array) -> requireFinite("the adapter", name, array));
    Map<String, INDArray> weights =
        MergedWeights.of(
            model.methodId(), model.backbone(), model.rewrite(), model.emission(), wanted);
    weights.forEach((name, array) -> requireFinite("the merged checkpoint", name, array));
    double error = error(model, wanted, weights);
    if (!(error <= TOLERANCE)) {
      throw new InputException(
          "merging %s changes the features of %s by %.1e relative, more than %.0e; keep the adapter apart"
              .formatted(model.methodId(), task, error, TOLERANCE));
    }
    return new MergedCheckpoint(task, weights, error);
  }

  /** Writes the checkpoint. */
  public void write(Path file, Map<String, String> metadata) {
    Safetensors.write(file, weights, metadata);
  }

  private static void requireFinite(String what, String name, INDArray array) {
    double[] values = array.dup('c').data().asDouble();
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new InputException(
            "%s holds %s in %s; it cannot be merged".formatted(what, value, name));
      }
    }
  }

  private static double error(PeftModel model, Task task, Map<String, INDArray> weights) {
    Backbone backbone = model.backbone();
    INDArray images =
        Init.normal(1)
            .create(
                new SplittableRandom(SEED),
                backbone.dataType(),
                IMAGES,
                backbone.image().channels(),
                backbone.image().height(),
                backbone.image().width());
    List<INDArray> adapted = model.features(images).get(task.name());
    List<INDArray> merged =
        features(backbone, MergedWeights.plain(backbone, weights, task), task, images);
    double worst = 0;
    for (int i = 0; i < adapted.size(); i++) {
      double scale = Math.max(Double.MIN_NORMAL, adapted.get(i).amaxNumber().doubleValue());
      double deviation = adapted.get(i).sub(merged.get(i)).amaxNumber().doubleValue() / scale;
      worst = Double.isNaN(deviation) ? Double.POSITIVE_INFINITY : Math.max(worst, deviation);
    }
    return worst;
  }

  private static List<INDArray> features(
      Backbone backbone, Emission plain, Task task, INDArray images) {
    Map<String, INDArray> inputs =
        new HashMap<>(
            NoiseFeed.ones(plain.target().noises().values(), backbone.dataType(), images.size(0)));
    inputs.put(backbone.image().name(), images);
    List<String> names = plain.features().get(task.name()).stream().map(Feature::name).toList();
    try (GraphExecutor executor = GraphExecutors.forInference(plain.target().graph())) {
      Map<String, INDArray> values = executor.outputs(inputs, names);
      return names.stream().map(n -> values.get(n).dup('c')).toList();
    }
  }
}
