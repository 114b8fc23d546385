package io.peft4j.graph.ops;

import org.jspecify.annotations.Nullable;

/** Tells in which uses an operation's value or gradient is wrong. */
@FunctionalInterface
interface Restriction {
  /**
   * What is wrong with this use and what to write instead, or null.
   *
   * @param differentiated for each input whether it depends on a trainable
   */
  @Nullable String finding(OpCall call, boolean[] differentiated);
}
