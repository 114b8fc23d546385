package io.peft4j.harness.run;

import io.peft4j.api.InputException;
import io.peft4j.api.accounting.MacReport;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.api.backbone.Backbone;
import io.peft4j.backbones.safetensors.Safetensors;
import io.peft4j.harness.data.DataSource;
import io.peft4j.harness.train.Evaluator;
import io.peft4j.harness.train.MultiTaskModel;
import io.peft4j.harness.train.TrainListener;
import io.peft4j.harness.train.Trainer;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains what a specification describes and records it in a folder: {@code best.safetensors} and
 * {@code last.safetensors} with the trained arrays and running statistics (best by the rule of
 * {@link BestEvaluation}), and {@code result.json}. Each file appears complete or not at all.
 */
public final class Runner {
  /** State of the best evaluation. */
  public static final String BEST = "best.safetensors";

  /** State after the last epoch. */
  public static final String LAST = "last.safetensors";

  private static final Logger LOG = LoggerFactory.getLogger(Runner.class);
  private static final double NANOS = 1e9;

  private final RunSpec spec;
  private final DataSource data;
  private final Path folder;

  /**
   * A run; nothing happens before {@link #run}.
   *
   * @param data the data that {@code spec} describes
   * @param folder where the run is recorded
   */
  public Runner(RunSpec spec, DataSource data, Path folder) {
    this.spec = spec;
    this.data = data;
    this.folder = folder;
  }

  /**
   * The result in a folder, if it is that of the same specification and not a failure.
   *
   * @return empty if the run is still to be done
   */
  public static Optional<RunResult> finished(RunSpec spec, Path folder) {
    if (!Files.exists(folder.resolve(RunResult.FILE))) {
      return Optional.empty();
    }
    try {
      RunResult found = RunResult.read(folder);
      boolean same = found.ok() && found.specHash().equals(spec.hash());
      return same && Files.exists(folder.resolve(BEST)) ? Optional.of(found) : Optional.empty();
    } catch (InputException e) {
      LOG.warn("run again: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * Trains, evaluates and records. What goes wrong in the run is recorded too, and told by the
   * status of the result.
   *
   * @throws InputException if the specification does not fit together; nothing is recorded
   * @throws UncheckedIOException if the folder cannot be written to, which is found out first, or
   *     the disk fails
   */
  public RunResult run(TrainListener listener) {
    OutputFolder out = OutputFolder.prepare(folder);
    PeakMemory.reset();
    Attempt attempt = new Attempt(out, new StepClock(listener));
    RunResult result;
    try {
      result = attempt.result(attempt.train(), null);
    } catch (InputException | UncheckedIOException e) {
      throw e;
    } catch (RuntimeException | OutOfMemoryError e) {
      LOG.warn("run of {} failed: {}", spec.method(), e.toString());
      LOG.info("where it failed", e);
      result = attempt.result(new Evaluator.Evaluation(Map.of(), Map.of()), message(e));
    }
    result.write(out);
    return result;
  }

  /** Records a run that could not start, so that a comparison does not lose it. */
  RunResult recordRefusal(InputException reason) {
    OutputFolder out = OutputFolder.prepare(folder);
    Attempt attempt = new Attempt(out, new StepClock(TrainListener.NONE));
    Evaluator.Evaluation none = new Evaluator.Evaluation(Map.of(), Map.of());
    RunResult result = attempt.result(none, message(reason));
    result.write(out);
    return result;
  }

  private static String message(Throwable e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  /** What is known of a run while it goes on. */
  private final class Attempt {
    private final OutputFolder out;
    private final StepClock clock;
    private final BestEvaluation best = new BestEvaluation();
    private final long start = System.nanoTime();
    private @Nullable Provenance provenance;
    private @Nullable ParameterReport parameters;
    private @Nullable MacReport macs;

    Attempt(OutputFolder out, StepClock clock) {
      this.out = out;
      this.clock = clock;
    }

    Evaluator.Evaluation train() {
      Backbone backbone = spec.backbone().build();
      provenance = Provenance.of(backbone);
      MultiTaskModel model = ModelFactory.trainable(spec, backbone);
      parameters = model.parameters();
      macs = model.macs();
      Trainer.Snapshots snapshots =
          (epoch, evaluation) -> {
            if (best.offer(epoch, evaluation)) {
              save(model, BEST, epoch);
            }
          };
      Evaluator.Evaluation last = new Trainer(model, data, spec.train(), clock).run(snapshots);
      save(model, LAST, spec.train().epochs());
      return last;
    }

    private void save(MultiTaskModel model, String file, int epoch) {
      Map<String, String> metadata =
          Map.of("method", spec.method(), "spec", spec.hash(), "epoch", Integer.toString(epoch));
      Safetensors.write(out.file(file), model.peft().state(), metadata);
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
          (System.nanoTime() - start) / NANOS,
          clock.secondsPerStep(),
          PeakMemory.bytes());
    }
  }
}
