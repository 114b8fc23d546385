package io.peft4j.harness.run;

import com.google.common.collect.ImmutableList;
import io.peft4j.harness.train.TrainState;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a run needs to go on, but for arrays.
 *
 * @param specHash {@link RunSpec#hash()}
 * @param spec what is run
 * @param provenance where it was begun, and by what
 * @param position how far it is
 * @param best the best evaluation so far, if there was one
 * @param seconds time that it has taken
 * @param peakMemoryBytes most memory that a process of it has held
 * @param stepNanos durations of the last steps
 * @param watched what was noticed of the training so far; absent before that, and in records of
 *     older versions
 */
record RunState(
    String specHash,
    RunSpec spec,
    Provenance provenance,
    Position position,
    BestEvaluation.@Nullable Best best,
    double seconds,
    long peakMemoryBytes,
    List<Long> stepNanos,
    TrainState.@Nullable Watched watched) {
  RunState {
    Objects.requireNonNull(specHash);
    Objects.requireNonNull(spec);
    Objects.requireNonNull(provenance);
    Objects.requireNonNull(position);
    stepNanos = ImmutableList.copyOf(stepNanos);
  }

  /**
   * How far a run is. All but {@code updates} follows from it and stands there for readers: order
   * of the data and noise are functions of seed, epoch and step, the learning rate of the update.
   *
   * @param updates optimizer updates made, which is the position in the schedule
   * @param step training steps done
   * @param epoch epoch that these end in, from 1
   * @param batchesOfEpoch batches of that epoch that were trained on
   * @param seed seed of the order and of the noise
   */
  record Position(long updates, long step, int epoch, int batchesOfEpoch, long seed) {
    static Position after(long updates, RunSpec spec) {
      int accumulation = spec.train().accumulation();
      long step = updates * accumulation;
      long stepsPerEpoch = spec.steps() / spec.train().epochs();
      long epoch = (step - 1) / stepsPerEpoch + 1;
      int batches = (int) (step - (epoch - 1) * stepsPerEpoch);
      return new Position(updates, step, (int) epoch, batches, spec.train().seed());
    }
  }
}
