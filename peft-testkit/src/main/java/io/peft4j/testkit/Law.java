package io.peft4j.testkit;

import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A law about subjects of one kind.
 *
 * @param name what holds, as the end of a sentence about the subject
 * @param body throws an {@link AssertionError} if it does not hold
 */
record Law<S>(String name, Body<S> body) {
  /** The check of a law. */
  @FunctionalInterface
  interface Body<S> {
    void verify(S subject) throws Exception;
  }

  /** The law about one subject. */
  Check on(String group, S subject) {
    return new Check(
        group,
        name,
        () -> {
          Environment environment = Nd4j.getEnvironment();
          int threads = environment.maxThreads();
          // Arrays here are so small that threads cost more time by waiting than they save.
          environment.setMaxThreads(1);
          try {
            body.verify(subject);
          } finally {
            environment.setMaxThreads(threads);
          }
        });
  }
}
