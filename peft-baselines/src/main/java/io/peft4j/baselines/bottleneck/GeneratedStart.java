package io.peft4j.baselines.bottleneck;

/** How an adapter starts whose weights are products or generated. */
public enum GeneratedStart {
  /** As its paper says: near the identity. */
  PAPER,
  /**
   * As the paper, but one factor of the branch's last weight is zero, or the gain of a norm behind
   * it: the identity.
   */
  IDENTITY
}
