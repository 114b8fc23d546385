package io.peft4j.harness.train;

import io.peft4j.graph.Predictor;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.harness.metric.Metric;
import io.peft4j.harness.metric.Score;
import io.peft4j.harness.task.DenseTask;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Scores a model on a data set: predictions at label resolution, noise and batch statistics off.
 *
 * <p>Not safe for use by several threads; one on a {@link Predictor} alone is.
 */
public final class Evaluator {
  private final MultiTaskModel model;
  private final Forward forward;

  /** How the graph is run. */
  @FunctionalInterface
  private interface Forward {
    Map<String, INDArray> outputs(Map<String, INDArray> inputs, Collection<String> outputs);
  }

  /** An evaluator that runs the model's graph by {@code executor}, in one thread at a time. */
  public Evaluator(MultiTaskModel model, GraphExecutor executor) {
    this(model, (Forward) executor::outputs);
  }

  /** An evaluator that runs the model's graph by {@code predictor}, in any number of threads. */
  public Evaluator(MultiTaskModel model, Predictor predictor) {
    this(model, (Forward) predictor::outputs);
  }

  private Evaluator(MultiTaskModel model, Forward forward) {
    this.model = model;
    this.forward = forward;
  }

  /**
   * Results of an evaluation.
   *
   * @param scores main value by task
   * @param values every value by task and name
   */
  public record Evaluation(Map<String, Score> scores, Map<String, Map<String, Double>> values) {}

  /** Scores all tasks over one pass of the iterator. */
  public Evaluation evaluate(MultiDataSetIterator data) {
    return evaluate(data, StopRequest.NONE);
  }

  /**
   * Scores all tasks over one pass of the iterator.
   *
   * @param stop polled before each batch
   * @throws TrainingStoppedException if it was asked to stop; there are no scores then
   */
  public Evaluation evaluate(MultiDataSetIterator data, StopRequest stop) {
    Map<String, Metric> metrics = new LinkedHashMap<>();
    for (DenseTask task : model.tasks().tasks()) {
      metrics.put(task.name(), task.metric());
    }
    while (data.hasNext()) {
      stop.check();
      MultiDataSet batch = data.next();
      Map<String, INDArray> predictions = predict(batch.getFeatures(0));
      int i = 0;
      for (DenseTask task : model.tasks().tasks()) {
        metrics.get(task.name()).update(predictions.get(task.name()), batch.getLabels(i++));
      }
    }
    Map<String, Score> scores = new LinkedHashMap<>();
    Map<String, Map<String, Double>> values = new LinkedHashMap<>();
    metrics.forEach(
        (task, metric) -> {
          scores.put(task, metric.score());
          values.put(task, metric.values());
        });
    return new Evaluation(scores, values);
  }

  /**
   * Raw predictions by task for images {@code [batch, 3, height, width]}; the executor's until its
   * next run, or the caller's own where a predictor made them.
   *
   * @throws io.peft4j.api.InputException if the images are not the backbone's in shape and type
   */
  public Map<String, INDArray> predict(INDArray images) {
    model.peft().requireImages(images);
    Map<String, INDArray> inputs = new HashMap<>(model.peft().noiseOff(images.size(0)));
    inputs.put(model.peft().backbone().image().name(), images);
    inputs.put(MultiTaskModel.TRAINING, Nd4j.zeros(images.dataType(), 1));
    List<String> names = model.tasks().names().stream().map(MultiTaskModel::prediction).toList();
    Map<String, INDArray> outputs = forward.outputs(inputs, names);
    Map<String, INDArray> predictions = new LinkedHashMap<>();
    model
        .tasks()
        .names()
        .forEach(t -> predictions.put(t, outputs.get(MultiTaskModel.prediction(t))));
    return predictions;
  }
}
