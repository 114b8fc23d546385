package io.peft4j.baselines.bottleneck;

/** Where the layer norm of an adapter stands. */
public enum NormPlace {
  /** There is none. */
  NONE,
  /** Before the down projection; the skip goes round it. */
  PRE,
  /** After the up projection, before the skip is added. */
  POST
}
