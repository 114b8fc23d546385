package io.peft4j.graph.plan.kernel;

/** An instruction bound to its arrays, ready to be run any number of times. */
@FunctionalInterface
public interface Kernel {
  /** Computes; allocates nothing. */
  void run();
}
