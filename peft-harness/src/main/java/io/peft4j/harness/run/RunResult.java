package io.peft4j.harness.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.peft4j.api.accounting.MacReport;
import io.peft4j.api.accounting.ParameterReport;
import io.peft4j.harness.metric.Score;
import io.peft4j.harness.train.Evaluator;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The record of a run, {@code result.json} in its folder.
 *
 * @param status how it ended
 * @param error what went wrong, if it failed
 * @param specHash {@link RunSpec#hash()}
 * @param spec what was run
 * @param provenance where and by what; null if it failed before the backbone was built
 * @param scores main value by task after the last epoch; empty if it failed
 * @param values every value by task and name
 * @param deltaM Δm in percent against single-task models, where those are known
 * @param bestEpoch epoch of {@code best.safetensors}
 * @param parameters parameters; null if it failed before the model was built
 * @param macs multiply-accumulates of one image
 * @param steps training steps done
 * @param seconds all of the run, evaluation included
 * @param secondsPerStep median over the steps
 * @param peakMemoryBytes most memory that the process held, Java's and native
 * @param warnings what may be wrong with the training, though it went on; absent in records of
 *     older versions
 */
public record RunResult(
    Status status,
    @Nullable String error,
    String specHash,
    RunSpec spec,
    @Nullable Provenance provenance,
    Map<String, Score> scores,
    Map<String, Map<String, Double>> values,
    @Nullable Double deltaM,
    int bestEpoch,
    @Nullable ParameterReport parameters,
    @Nullable MacReport macs,
    long steps,
    double seconds,
    double secondsPerStep,
    long peakMemoryBytes,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> warnings) {
  /** Name of the file. */
  public static final String FILE = "result.json";

  /** How a run ended. */
  public enum Status {
    /** It has a result. */
    OK,
    /** It has an error. */
    FAILED
  }

  /** Copies the collections, keeping their order. */
  public RunResult {
    scores = ImmutableMap.copyOf(scores);
    values = ImmutableMap.copyOf(values);
    warnings = ImmutableList.copyOf(Objects.requireNonNullElse(warnings, List.of()));
  }

  /**
   * Reads the record of a run.
   *
   * @param folder folder of the run
   * @throws io.peft4j.api.InputException if it holds none
   */
  public static RunResult read(Path folder) {
    return Json.read(folder.resolve(FILE), RunResult.class);
  }

  /** True if the run has a result. */
  public boolean ok() {
    return status == Status.OK;
  }

  /** With Δm. */
  public RunResult withDeltaM(@Nullable Double value) {
    return new RunResult(
        status,
        error,
        specHash,
        spec,
        provenance,
        scores,
        values,
        value,
        bestEpoch,
        parameters,
        macs,
        steps,
        seconds,
        secondsPerStep,
        peakMemoryBytes,
        warnings);
  }

  /** Scores and values as an evaluation. */
  public Evaluator.Evaluation evaluation() {
    return new Evaluator.Evaluation(scores, values);
  }

  /** Writes the record. */
  void write(OutputFolder folder) {
    folder.write(FILE, Json.bytes(this));
  }
}
