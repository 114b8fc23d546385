package io.peft4j.baselines.bottleneck;

/**
 * How an adapter A, which holds a skip of its own, joins a sub-layer f with input x: both papers'
 * ways.
 */
public enum Insertion {
  /**
   * After it, before drop-path and residual sum (Houlsby et al. 2019): {@code x + A(f(norm x))}.
   */
  SERIAL,
  /**
   * Beside it, on the residual stream, which is its skip (He et al. 2022, table 3): {@code f(norm
   * x) + A(x)}.
   */
  PARALLEL
}
