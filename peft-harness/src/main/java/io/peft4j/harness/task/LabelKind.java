package io.peft4j.harness.task;

/** What the label map of a task holds: what mirroring and painting ask for. */
public enum LabelKind {
  /** Numbers of classes. */
  CLASSES,
  /** Vectors x, y, z in three channels; a mirrored one has its x negated. */
  DIRECTION,
  /** A number without bound, such as a depth. */
  DISTANCE,
  /** 0 or 1, of which the prediction is the logit. */
  PRESENCE
}
