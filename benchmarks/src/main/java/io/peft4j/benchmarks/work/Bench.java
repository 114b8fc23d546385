package io.peft4j.benchmarks.work;

import io.peft4j.graph.plan.Profile;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A work that is ready to run. */
public interface Bench extends AutoCloseable {
  /** Does the work once; all of it is done when this returns. */
  void step();

  /** Does the work once more and tells its time in milliseconds. */
  default double stepMillis() {
    long start = System.nanoTime();
    step();
    return (System.nanoTime() - start) / 1e6;
  }

  /**
   * What a step computes from the start values, by name: {@code loss} and {@code grad.<name>} of a
   * training step, {@code output} of a forward pass. Nothing is updated.
   */
  Map<String, INDArray> results();

  /** Multiply-accumulates: of one image's forward pass, or of a step that is nothing else. */
  default long macs() {
    return model().model().macs().full();
  }

  /**
   * Where the time of the steps goes that are done after {@link #startProfiling}: one table for
   * each plan. Empty where the work has no plan.
   */
  default List<Profile> profiles() {
    return List.of();
  }

  /** Measures every instruction from now on, which slows the step. */
  default void startProfiling() {}

  /** The model. */
  WorkModel model();

  @Override
  void close();
}
