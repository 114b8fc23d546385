package io.peft4j.harness.run;

import io.peft4j.api.InputException;
import io.peft4j.api.accounting.MacReport;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.harness.checkpoint.AtomicWriter;
import io.peft4j.harness.train.Evaluator;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.StopRequest;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.TrainState;
import io.peft4j.harness.train.Trainer;
import io.peft4j.harness.train.TrainingStoppedException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A run under way: what is known of it, and what is kept of it. */
final class RunAttempt implements Trainer.Snapshots {
  /** The result of a run that has none. */
  static final Evaluator.Evaluation NOTHING = new Evaluator.Evaluation(Map.of(), Map.of());

  private static final Logger LOG = LoggerFactory.getLogger(RunAttempt.class);
  private static final double NANOS = 1e9;

  private final RunSetup setup;
  private final RunSpec spec;
  private final RunCheckpoints checkpoints;
  private final EarlierRun earlier;
  private final RunCheckpoints.@Nullable Stored before;
  private final StepClock clock;
  private final BestEvaluation best = new BestEvaluation();
  private final long start = System.nanoTime();
  private @Nullable MultiTaskModel model;
  private @Nullable TrainState training;
  private @Nullable Provenance provenance;
  private @Nullable ParameterReport parameters;
  private @Nullable MacReport macs;
  private long keptUpdates;

  private RunAttempt(
      RunSetup setup,
      EarlierRun earlier,
      RunCheckpoints.@Nullable Stored before,
      TrainListener listener) {
    this.setup = setup;
    this.spec = setup.spec();
    this.checkpoints = setup.checkpoints();
    this.earlier = earlier;
    this.before = before;
    this.clock = new StepClock(listener);
  }

  /**
   * A run that begins or goes on.
   *
   * @throws InputException if it may not, see {@link EarlierRun#open}
   */
  static RunAttempt open(RunSetup setup, TrainListener listener) {
    EarlierRun earlier = setup.earlier();
    RunCheckpoints.Stored before = earlier.open(setup.checkpointing().start()).orElse(null);
    if (before != null) {
      before.problems().forEach(p -> LOG.warn("{}; the one before it is used", p));
      LOG.info("{} goes on after step {}", setup.folder(), before.state().position().step());
    }
    return new RunAttempt(setup, earlier, before, listener);
  }

  /** A run that could not begin. */
  static RunAttempt refused(RunSetup setup) {
    return new RunAttempt(setup, setup.earlier(), null, TrainListener.NONE);
  }

  Evaluator.Evaluation train(StopRequest stop) {
    Backbone backbone = spec.backbone().build();
    provenance = provenance(backbone);
    model = ModelFactory.trainable(spec, backbone);
    parameters = model.parameters();
    macs = model.macs();
    Evaluator.Evaluation last =
        new Trainer(model, setup.data(), spec.train(), clock).run(this, stop);
    save(Runner.LAST, spec.train().epochs());
    return last;
  }

  /** Of the run's beginning; that the program is another one now is told, and no obstacle. */
  private Provenance provenance(Backbone backbone) {
    Provenance now = Provenance.of(backbone, spec.method(), setup.data());
    if (before == null) {
      return now;
    }
    Provenance then = before.state().provenance();
    if (!then.backboneHash().equals(now.backboneHash())) {
      throw new InputException(
          "%s: the frozen backbone has changed since the run began: its hash is %s, not %s"
              .formatted(setup.folder(), now.backboneHash(), then.backboneHash()));
    }
    String differences = then.differences(now);
    if (!differences.isEmpty()) {
      LOG.warn("{} goes on elsewhere, so last digits may differ: {}", setup.folder(), differences);
    }
    return then;
  }

  @Override
  public void begin(TrainState state) {
    if (setup.checkpointing().start() == RunStart.RESTART) {
      // Not earlier: up to here the new run might have been refused.
      writing(earlier::remove);
    }
    training = state;
    if (before != null) {
      RunState saved = before.state();
      state.load(
          saved.position().updates(),
          before.arrays().arrays(),
          Optional.ofNullable(saved.watched()));
      best.restore(saved.best());
      clock.restore(saved.stepNanos());
      keptUpdates = state.updates();
      before.arrays().arrays().values().forEach(INDArray::close);
    }
  }

  boolean hasUpdates() {
    return training != null && training.updates() > 0;
  }

  @Override
  public void updated(TrainState state, boolean evaluationFollows) {
    int accumulation = spec.train().accumulation();
    if (evaluationFollows
        || setup.checkpointing().isDue(state.updates() * accumulation, accumulation)) {
      keep(state);
    }
  }

  @Override
  public void evaluated(int epoch, Evaluator.Evaluation evaluation) {
    if (best.offer(epoch, position().step(), evaluation)) {
      save(Runner.BEST, epoch);
    }
  }

  @Override
  public void stopped(TrainState state, Throwable reason) {
    if (reason instanceof OutputException || state.updates() == keptUpdates) {
      return;
    }
    try {
      keep(state);
    } catch (RuntimeException | OutOfMemoryError e) {
      LOG.warn("the last good step cannot be kept: {}", e.toString());
    }
  }

  private void keep(TrainState state) {
    RunState now =
        new RunState(
            spec.hash(),
            spec,
            provenance,
            position(),
            best.best(),
            seconds(),
            peakMemory(),
            clock.nanos(),
            state.watched().orElse(null));
    writing(() -> checkpoints.write(now, state));
    keptUpdates = state.updates();
  }

  private RunState.Position position() {
    return RunState.Position.after(training == null ? 0 : training.updates(), spec);
  }

  private double seconds() {
    double earlier = before == null ? 0 : before.state().seconds();
    return earlier + (System.nanoTime() - start) / NANOS;
  }

  private long peakMemory() {
    return Math.max(PeakMemory.bytes(), before == null ? 0 : before.state().peakMemoryBytes());
  }

  private void save(String file, int epoch) {
    Map<String, String> metadata =
        Map.of("method", spec.method(), "spec", spec.hash(), "epoch", Integer.toString(epoch));
    Map<String, INDArray> state = model.peft().state();
    AtomicWriter writer = setup.writers().apply(setup.folder());
    writing(() -> writer.write(file, channel -> Safetensors.write(channel, state, metadata)));
  }

  private void writing(Runnable write) {
    try {
      write.run();
    } catch (UncheckedIOException e) {
      throw new OutputException(e.getMessage(), e);
    }
  }

  /** True if this run has not begun, and the folder holds another one, whose record must stay. */
  boolean sparesEarlier() {
    return training == null && earlier.isOfUse();
  }

  /** What went wrong, and what is left of the run. */
  String message(Throwable e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    if (sparesEarlier()) {
      return "%s; what %s held before is as it was".formatted(message, setup.folder());
    }
    return keptUpdates == 0
        ? message
        : "%s; %s is kept, from which --resume goes on".formatted(message, kept());
  }

  /** Who stopped the run, and how to go on with it. */
  String message(TrainingStoppedException e) {
    boolean restart = setup.checkpointing().start() == RunStart.RESTART;
    String option = restart ? "--resume in place of --restart" : "--resume";
    if (keptUpdates == 0) {
      return "%s before its first update, so nothing is kept in %s: the same command with %s begins"
          .formatted(e.getMessage(), setup.folder(), option);
    }
    return "%s; %s is kept in %s: the same command with %s goes on from there"
        .formatted(e.getMessage(), kept(), checkpoints.path(), option);
  }

  private String kept() {
    long step = RunState.Position.after(keptUpdates, spec).step();
    return "step %d of %d".formatted(step, spec.steps());
  }

  RunResult result(Evaluator.Evaluation evaluation, @Nullable String error) {
    return new RunResult(
        error == null ? RunResult.Status.OK : RunResult.Status.FAILED,
        error,
        spec.hash(),
        spec,
        provenance,
        evaluation.scores(),
        evaluation.values(),
        null,
        best.epoch(),
        parameters,
        macs,
        clock.steps(),
        seconds(),
        clock.secondsPerStep(),
        peakMemory(),
        training == null ? List.of() : training.warnings());
  }
}
