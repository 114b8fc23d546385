package io.peft4j.harness.data.scenes;

/** The two embedded data sets. */
public enum SceneKind {
  /** Furnished rooms with people and objects: dense tasks. */
  SCENES,
  /** One object in an empty room: classification and pre-training; has dense truth as well. */
  OBJECTS
}
