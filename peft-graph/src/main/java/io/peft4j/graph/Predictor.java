package io.peft4j.graph;

import io.peft4j.graph.exec.GraphExecutor;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Outputs of one graph for any number of threads. They share the weights; each computation has
 * buffers of its own, and who finds all of them taken waits.
 *
 * <p>Safe for use by several threads.
 */
public final class Predictor implements AutoCloseable {
  private final SameDiff graph;
  private final Semaphore places;
  private final Deque<GraphExecutor> idle = new ArrayDeque<>();
  private boolean closed;

  /**
   * A predictor; nothing is allocated before it is used.
   *
   * @param most how many threads may compute at the same time
   */
  public Predictor(SameDiff graph, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("a predictor of " + most + " threads; 1 or more");
    }
    this.graph = graph;
    this.places = new Semaphore(most);
  }

  /**
   * Values of variables, the caller's own.
   *
   * @param inputs every placeholder that the outputs depend on, by name
   * @param outputs names of variables
   * @throws IllegalStateException if the predictor is closed
   */
  public Map<String, INDArray> outputs(Map<String, INDArray> inputs, Collection<String> outputs) {
    places.acquireUninterruptibly();
    try {
      GraphExecutor executor = take();
      try {
        Map<String, INDArray> own = new LinkedHashMap<>();
        executor.outputs(inputs, outputs).forEach((name, value) -> own.put(name, value.dup('c')));
        return own;
      } finally {
        giveBack(executor);
      }
    } finally {
      places.release();
    }
  }

  private synchronized GraphExecutor take() {
    if (closed) {
      throw new IllegalStateException("the predictor is closed");
    }
    return idle.isEmpty() ? GraphExecutors.forInference(graph) : idle.pop();
  }

  private synchronized void giveBack(GraphExecutor executor) {
    if (closed) {
      executor.close();
    } else {
      idle.push(executor);
    }
  }

  /** Releases all buffers; those in use, when their computation ends. */
  @Override
  public synchronized void close() {
    closed = true;
    idle.forEach(GraphExecutor::close);
    idle.clear();
  }
}
