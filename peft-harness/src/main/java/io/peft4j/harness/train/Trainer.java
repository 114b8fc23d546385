package io.peft4j.harness.train;

import com.google.common.math.LongMath;
import io.peft4j.api.InputException;
import io.peft4j.graph.GraphExecutors;
import io.peft4j.graph.emitted.TargetGraph;
import io.peft4j.graph.exec.GraphExecutor;
import io.peft4j.graph.exec.NoiseFeed;
import io.peft4j.graph.plan.PlanExecutor;
import io.peft4j.harness.data.DataSource;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a model: forward and backward by an executor, then clip, AdamW, running statistics, and
 * what the method does after a step. The same seed gives the same result, to the bit.
 *
 * <p>Not safe for use by several threads; a second training of the same model is refused while one
 * is under way.
 */
public final class Trainer {
  private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);

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

  /** Keeps states of a training, and tells it where to begin. */
  @FunctionalInterface
  public interface Snapshots {
    /** Keeps nothing, begins at the beginning. */
    Snapshots NONE = (epoch, evaluation) -> {};

    /** The model has been evaluated after {@code epoch} epochs and may be saved. */
    void evaluated(int epoch, Evaluator.Evaluation evaluation);

    /**
     * Training is about to begin; {@link TrainState#load} has it go on where it stood. An
     * evaluation that was due there is made first.
     */
    default void begin(TrainState state) {}

    /**
     * An update is done and the state may be saved.
     *
     * @param evaluationFollows whether the model is evaluated next
     */
    default void updated(TrainState state, boolean evaluationFollows) {}

    /** Training stops for {@code reason}; the state is that after the last good update. */
    default void stopped(TrainState state, Throwable reason) {}
  }

  /** Trains to the end, see {@link #run(Snapshots, StopRequest)}. */
  public Evaluator.Evaluation run(Snapshots snapshots) {
    return run(snapshots, StopRequest.NONE);
  }

  /**
   * Trains to the end, or until it is asked to stop.
   *
   * @param stop polled before each step and each batch of an evaluation; a step whose update takes
   *     further ones is then given up with them
   * @return the evaluation after the last epoch
   * @throws TrainingException if there is nothing to train, a value is not finite, or a batch
   *     cannot be read
   * @throws TrainingStoppedException if it was asked to stop; {@link Snapshots#stopped} has seen
   *     the state after the last update
   * @throws IllegalStateException if the model is in training
   */
  public Evaluator.Evaluation run(Snapshots snapshots, StopRequest stop) {
    return model.training(() -> train(snapshots, stop));
  }

  private Evaluator.Evaluation train(Snapshots snapshots, StopRequest stop) {
    Map<String, INDArray> trained = model.trained();
    int unread = model.peft().arrays().size() - trained.size();
    if (unread > 0) {
      LOG.info("{} trainables lead to features that no head reads, and stay as they are", unread);
    }
    TrainingGuard guard = new TrainingGuard(trained);
    AdamW optimizer =
        AdamW.of(
            config.decayPolicy().trainables(model.peft().target()).stream()
                .filter(t -> trained.containsKey(t.name()))
                .toList(),
            config.weightDecay());
    TrainState state = new TrainState(model.peft(), optimizer, guard);
    model.peft().beforeTraining((long) config.epochs() * updatesPerEpoch());
    snapshots.begin(state);
    try (PlanExecutor executor =
        GraphExecutors.forTraining(
            model.peft().target().graph(),
            MultiTaskModel.LOSS,
            trained.keySet(),
            model.peft().activations(config.activations()))) {
      return new Loop(executor, optimizer, state, guard, snapshots, stop).run();
    } catch (RuntimeException | OutOfMemoryError e) {
      if (state.isWhole()) {
        snapshots.stopped(state, e);
      }
      throw e;
    }
  }

  private int updatesPerEpoch() {
    return Math.max(1, data.trainSize() / (config.batch() * config.accumulation()));
  }

  /** One training under way. */
  private final class Loop {
    private final TargetGraph target = model.peft().target();
    private final RunningStatistics statistics = new RunningStatistics(model);
    private final GradientAccumulator accumulator = new GradientAccumulator(config.accumulation());
    private final int updatesPerEpoch = updatesPerEpoch();
    private final Schedule schedule = config.schedule(updatesPerEpoch);
    private final PlanExecutor executor;
    private final AdamW optimizer;
    private final TrainState state;
    private final TrainingGuard guard;
    private final Snapshots snapshots;
    private final StopRequest stop;

    Loop(
        PlanExecutor executor,
        AdamW optimizer,
        TrainState state,
        TrainingGuard guard,
        Snapshots snapshots,
        StopRequest stop) {
      this.executor = executor;
      this.optimizer = optimizer;
      this.state = state;
      this.guard = guard;
      this.snapshots = snapshots;
      this.stop = stop;
    }

    Evaluator.Evaluation run() {
      if (listener.wantsProfile()) {
        executor.startProfiling();
      }
      if (state.updates() * config.accumulation() > steps()) {
        throw new InputException(
            "the saved state is after %d updates, but all of this training are %d"
                .formatted(state.updates(), steps() / config.accumulation()));
      }
      if (state.updates() > 0) {
        listener.resumed(state.updates() * config.accumulation(), steps());
      }
      Evaluator evaluator = new Evaluator(model, executor);
      Evaluator.Evaluation last = null;
      // At the end of an epoch too: its evaluation is made before the next begins.
      int first =
          (int)
              Math.max(1, LongMath.divide(state.updates(), updatesPerEpoch, RoundingMode.CEILING));
      for (int epoch = first; epoch <= config.epochs(); epoch++) {
        train(epoch);
        if (epoch == config.epochs()) {
          guard.ended(state.updates(), optimizer::hasHadGradient).ifPresent(this::warn);
        }
        if (isEvaluated(epoch)) {
          last = evaluator.evaluate(data.validation(model.tasks(), config.batch()), stop);
          listener.evaluated(epoch, last.scores());
          snapshots.evaluated(epoch, last);
        }
      }
      if (listener.wantsProfile()) {
        listener.profiled(executor.profiles());
      }
      return last;
    }

    private void warn(String warning) {
      LOG.warn("{}", warning);
      listener.warned(warning);
    }

    private boolean isEvaluated(int epoch) {
      return epoch % config.evalEvery() == 0 || epoch == config.epochs();
    }

    private long steps() {
      return (long) config.epochs() * updatesPerEpoch * config.accumulation();
    }

    /** What is left of an epoch. */
    private void train(int epoch) {
      long end = (long) epoch * updatesPerEpoch;
      int done = (int) (updatesPerEpoch - (end - state.updates()));
      if (done == updatesPerEpoch) {
        return;
      }
      Batches batches =
          new Batches(
              data.id(),
              () ->
                  data.train(
                      model.tasks(),
                      config.batch(),
                      config.seed(),
                      epoch,
                      done * config.accumulation()));
      while (state.updates() < end) {
        update(batches);
        guard.updated(state.updates(), optimizer::hasHadGradient).ifPresent(this::warn);
        snapshots.updated(state, state.updates() == end && isEvaluated(epoch));
      }
    }

    private void update(Batches batches) {
      long step = state.updates() * config.accumulation();
      for (int a = 0; a < config.accumulation(); a++) {
        stop.check();
        step++;
        Map<String, Double> losses = backward(batches.next(step), step);
        listener.step(step, steps(), losses);
      }
      Map<String, INDArray> gradients = accumulator.takeMean();
      GradientClip clip = GradientClip.globalNorm(gradients, config.clipNorm());
      TrainingGuard.requireFinite(step, Map.of(), gradients, clip.norm());
      double learningRate = schedule.learningRate(state.updates());
      state.update(
          () -> {
            statistics.apply();
            optimizer.step(gradients, learningRate, clip.factor());
            model.peft().afterStep(state.updates() + 1, ofAll(gradients));
          });
    }

    /** With zeros for what no head reads: a method may ask for the gradient of each. */
    private Map<String, INDArray> ofAll(Map<String, INDArray> gradients) {
      if (gradients.size() == target.arrays().size()) {
        return gradients;
      }
      Map<String, INDArray> all = new LinkedHashMap<>(gradients);
      target.arrays().forEach((name, array) -> all.computeIfAbsent(name, n -> array.like()));
      return all;
    }

    private Map<String, Double> backward(MultiDataSet batch, long step) {
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
      statistics.note(result.outputs(), batch.getFeatures(0).size(0));
      return losses;
    }

    private List<String> watched() {
      List<String> names = new ArrayList<>(List.of(MultiTaskModel.LOSS));
      model.tasks().names().forEach(t -> names.add(MultiTaskModel.loss(t)));
      names.addAll(statistics.watched());
      return names;
    }

    private Map<String, INDArray> inputs(MultiDataSet batch, long step) {
      Map<String, INDArray> inputs = model.feed("data set " + data.id(), batch);
      inputs.putAll(
          NoiseFeed.masks(
              target.noises().values(),
              target.dataType(),
              batch.getFeatures(0).size(0),
              config.seed(),
              step));
      inputs.put(MultiTaskModel.TRAINING, Nd4j.ones(target.dataType(), 1));
      return inputs;
    }
  }
}
