package io.peft4j.benchmarks.work;

import com.google.common.collect.ImmutableList;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.plan.Activations;
import io.peft4j.graph.plan.PlanExecutor;
import io.peft4j.graph.plan.Profile;
import io.peft4j.harness.train.AdamW;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.RunningStatistics;
import io.peft4j.harness.train.WeightDecayPolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A whole training step: forward, backward, running statistics, AdamW. */
final class TrainingBench implements Bench {
  private static final double LEARNING_RATE = 1e-4;
  private static final double WEIGHT_DECAY = 0.05;

  /** More than are measured, so that a schedule's end is not. */
  private static final long TRAINING_STEPS = 1_000_000;

  private final WorkModel model;
  private final GraphExecutor executor;
  private final AdamW optimizer;
  private final RunningStatistics statistics;
  private final List<String> watched;
  private final LongFunction<Map<String, INDArray>> feed;
  private long steps;

  /**
   * Prepares steps.
   *
   * @param feed inputs by number of the step
   */
  TrainingBench(
      WorkModel model, Activations.Policy activations, LongFunction<Map<String, INDArray>> feed) {
    this.model = model;
    this.feed = feed;
    TargetGraph target = model.model().peft().target();
    this.executor =
        GraphExecutors.forTraining(
            target.graph(),
            MultiTaskModel.LOSS,
            target.arrays().keySet(),
            model.model().peft().activations(activations));
    this.optimizer = AdamW.of(WeightDecayPolicy.STANDARD.trainables(target), WEIGHT_DECAY);
    model.model().peft().beforeTraining(TRAINING_STEPS);
    this.statistics = new RunningStatistics(model.model());
    this.watched =
        ImmutableList.<String>builder()
            .add(MultiTaskModel.LOSS)
            .addAll(statistics.watched())
            .build();
  }

  @Override
  public void step() {
    GraphExecutor.Step result = executor.gradients(feed.apply(steps), watched);
    requireFinite(result.outputs().get(MultiTaskModel.LOSS).getDouble(0));
    optimizer.step(result.gradients(), LEARNING_RATE);
    statistics.note(result.outputs(), model.size().batch());
    statistics.apply();
    model.model().peft().afterStep(++steps, result.gradients());
  }

  private void requireFinite(double loss) {
    if (!Double.isFinite(loss)) {
      throw new IllegalStateException("the loss is %s in step %d".formatted(loss, steps + 1));
    }
  }

  @Override
  public Map<String, INDArray> results() {
    GraphExecutor.Step result = executor.gradients(model.inputs(), List.of(MultiTaskModel.LOSS));
    Map<String, INDArray> results = new LinkedHashMap<>();
    results.put("loss", result.outputs().get(MultiTaskModel.LOSS).dup().reshape(1));
    result.gradients().forEach((name, g) -> results.put("grad." + name, g.dup('c')));
    return results;
  }

  @Override
  public void startProfiling() {
    if (executor instanceof PlanExecutor plan) {
      plan.startProfiling();
    }
  }

  @Override
  public List<Profile> profiles() {
    return executor instanceof PlanExecutor plan ? plan.profiles() : List.of();
  }

  @Override
  public WorkModel model() {
    return model;
  }

  @Override
  public void close() {
    executor.close();
  }
}
