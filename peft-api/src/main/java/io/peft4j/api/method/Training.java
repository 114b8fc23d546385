package io.peft4j.api.method;

/** What happens to a parameter of the backbone. */
public enum Training {
  /** It keeps its pre-trained value and is shared by all rewrites. */
  FROZEN,
  /** It is trained, one copy for all streams. */
  TRAINED,
  /** It is trained, one copy per stream. */
  PER_STREAM
}
