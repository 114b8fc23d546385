package io.peft4j.testkit;

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
    return new Check(group, name, () -> body.verify(subject));
  }
}
