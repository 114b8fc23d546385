package io.peft4j.graph.emitted;

/** Whose a trainable parameter is. */
public enum Owner {
  /** A parameter of the backbone that the method trains. */
  BACKBONE,
  /** A parameter that the method adds. */
  ADAPTER,
  /** A parameter of a task's reducers or head. */
  DECODER
}
