package io.peft4j.harness.train;

import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.NoiseFeed;
import io.peft4j.graph.plan.PlanExecutor;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.head.Decoder;
import io.peft4j.harness.task.DenseTask;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Trains a model: forward and backward by an executor, then clip, AdamW, running statistics, and
 * what the method does after a step. The same seed gives the same result, to the bit.
 */
public final class Trainer {
  private final MultiTaskModel model;
  private final DataSource data;
  private final TrainConfig config;
  private final TrainListener listener;

  /** A trainer; nothing happens before {@link #run}. */
  public Trainer(
      MultiTaskModel model, DataSource data, TrainConfig config, TrainListener listener) {
    this.model = model;
    this.data = data;
    this.config = config;
    this.listener = listener;
  }

  /** Hears of evaluations, to keep the best and the last state. */
  @FunctionalInterface
  public interface Snapshots {
    /** Keeps nothing. */
    Snapshots NONE = (epoch, evaluation) -> {};

    /** The model has been evaluated after {@code epoch} epochs and may be saved. */
    void evaluated(int epoch, Evaluator.Evaluation evaluation);
  }

  /**
   * Trains to the end.
   *
   * @return the evaluation after the last epoch
   * @throws TrainingException if there is nothing to train, a trainable never moves, or a value is
   *     not finite
   */
  public Evaluator.Evaluation run(Snapshots snapshots) {
    TargetGraph target = model.peft().target();
    Map<String, INDArray> arrays = target.arrays();
    TrainingGuard guard = new TrainingGuard(arrays);
    AdamW optimizer =
        AdamW.of(
            arrays.entrySet().stream()
                .map(e -> config.decayPolicy().trainable(e.getKey(), e.getValue()))
                .toList(),
            config.weightDecay());
    int updatesPerEpoch = Math.max(1, data.trainSize() / (config.batch() * config.accumulation()));
    Schedule schedule = config.schedule(updatesPerEpoch);
    model.peft().beforeTraining((long) config.epochs() * updatesPerEpoch);
    long steps = (long) config.epochs() * updatesPerEpoch * config.accumulation();
    try (PlanExecutor executor =
        GraphExecutors.forTraining(
            target.graph(),
            MultiTaskModel.LOSS,
            arrays.keySet(),
            model.peft().activations(config.activations()))) {
      if (listener.wantsProfile()) {
        executor.startProfiling();
      }
      Evaluator evaluator = new Evaluator(model, executor);
      GradientAccumulator accumulator = new GradientAccumulator(config.accumulation());
      Evaluator.Evaluation last = null;
      long step = 0;
      long updates = 0;
      for (int epoch = 1; epoch <= config.epochs(); epoch++) {
        MultiDataSetIterator batches =
            data.train(model.tasks(), config.batch(), config.seed(), epoch);
        for (int u = 0; u < updatesPerEpoch; u++) {
          for (int a = 0; a < config.accumulation(); a++) {
            Map<String, Double> losses = backward(executor, batches.next(), ++step, accumulator);
            listener.step(step, steps, losses);
          }
          Map<String, INDArray> gradients = accumulator.takeMean();
          GradientClip clip = GradientClip.globalNorm(gradients, config.clipNorm());
          TrainingGuard.requireFinite(step, Map.of(), gradients, clip.norm());
          optimizer.step(gradients, schedule.learningRate(updates), clip.factor());
          model.peft().afterStep(++updates, gradients);
          guard.updated(updates);
        }
        if (epoch % config.evalEvery() == 0 || epoch == config.epochs()) {
          last = evaluator.evaluate(data.validation(model.tasks(), config.batch()));
          listener.evaluated(epoch, last.scores());
          snapshots.evaluated(epoch, last);
        }
      }
      if (listener.wantsProfile()) {
        listener.profiled(executor.profiles());
      }
      return last;
    }
  }

  private Map<String, Double> backward(
      GraphExecutor executor, MultiDataSet batch, long step, GradientAccumulator accumulator) {
    GraphExecutor.Step result = executor.gradients(inputs(batch, step), watched());
    Map<String, Double> losses = new LinkedHashMap<>();
    for (String task : model.tasks().names()) {
      String name = MultiTaskModel.loss(task);
      losses.put(name, result.outputs().get(name).getDouble(0));
    }
    // After those it sums, so that the guard names the task where the trouble is.
    losses.put(MultiTaskModel.LOSS, result.outputs().get(MultiTaskModel.LOSS).getDouble(0));
    TrainingGuard.requireFinite(step, losses, Map.of(), 0);
    accumulator.add(result.gradients());
    updateStatistics(result.outputs(), batch.getFeatures(0).size(0));
    return losses;
  }

  private Map<String, INDArray> inputs(MultiDataSet batch, long step) {
    INDArray images = batch.getFeatures(0);
    TargetGraph target = model.peft().target();
    Map<String, INDArray> inputs =
        new HashMap<>(
            NoiseFeed.masks(
                target.noises().values(), target.dataType(), images.size(0), config.seed(), step));
    inputs.put(model.peft().backbone().image().name(), images);
    inputs.put(MultiTaskModel.TRAINING, Nd4j.ones(target.dataType(), 1));
    int i = 0;
    for (DenseTask task : model.tasks().tasks()) {
      inputs.putAll(task.feed(batch.getLabels(i++)));
    }
    return inputs;
  }

  private List<String> watched() {
    List<String> names = new ArrayList<>(List.of(MultiTaskModel.LOSS));
    model.tasks().names().forEach(t -> names.add(MultiTaskModel.loss(t)));
    for (Decoder.RunningStatistic s : model.statistics()) {
      names.add(s.batchMean());
      names.add(s.batchVariance());
    }
    return names;
  }

  private void updateStatistics(Map<String, INDArray> outputs, long batch) {
    Map<String, INDArray> buffers = model.peft().target().buffers();
    for (Decoder.RunningStatistic s : model.statistics()) {
      double rows = (double) batch * s.rows();
      blend(buffers.get(s.runningMean()), outputs.get(s.batchMean()), 1);
      // The running variance is the unbiased one, as PyTorch keeps it.
      blend(
          buffers.get(s.runningVariance()),
          outputs.get(s.batchVariance()),
          rows / Math.max(1, rows - 1));
    }
  }

  private static void blend(INDArray running, INDArray batch, double factor) {
    double m = Decoder.RunningStatistic.MOMENTUM;
    running.muli(1 - m).addi(batch.reshape(running.shape()).mul(m * factor));
  }
}
