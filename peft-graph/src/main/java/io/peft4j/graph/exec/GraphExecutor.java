package io.peft4j.graph.exec;

import java.util.Collection;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs one graph: the only door through which training and inference reach the engine.
 *
 * <p>Not safe for use by several threads; a second one is refused with an {@link
 * IllegalStateException} while one computes. Arrays that an executor returns are the caller's until
 * the next call of the same executor, which may reuse or release them.
 */
public interface GraphExecutor extends AutoCloseable {
  /**
   * Values of variables.
   *
   * @param inputs every placeholder that the outputs depend on, by name
   * @param outputs names of variables
   * @throws io.peft4j.api.InputException if an input is not of its placeholder's type and shape
   */
  Map<String, INDArray> outputs(Map<String, INDArray> inputs, Collection<String> outputs);

  /**
   * Gradients of the loss with respect to all trainables, and values beside them.
   *
   * @param inputs every placeholder that the loss depends on, by name
   * @param outputs names of further variables to return
   * @throws io.peft4j.api.InputException if an input is not of its placeholder's type and shape
   */
  Step gradients(Map<String, INDArray> inputs, Collection<String> outputs);

  /** Releases what the executor holds. */
  @Override
  void close();

  /**
   * Result of {@link #gradients}.
   *
   * @param gradients by name of the trainable
   * @param outputs by name of the variable
   */
  record Step(Map<String, INDArray> gradients, Map<String, INDArray> outputs) {}
}
