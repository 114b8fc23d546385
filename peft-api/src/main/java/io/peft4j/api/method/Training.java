package io.peft4j.api.method;

import io.peft4j.api.routing.Stream;

/** What happens to a parameter of the backbone. */
public enum Training {
  /** It keeps its pre-trained value and is shared by all rewrites. */
  FROZEN,
  /** It is trained, one copy for all streams. */
  TRAINED,
  /** It is trained, one copy per stream. */
  PER_STREAM,
  /** It is trained, one copy for all streams that serve the same tasks. */
  PER_TASK;

  /** The stream whose copy {@code stream} reads. */
  public Stream copyFor(Stream stream) {
    return switch (this) {
      case FROZEN, TRAINED -> Stream.SHARED;
      case PER_STREAM -> stream;
      case PER_TASK -> stream.isShared() ? stream : Stream.ofGroup(stream.tasks());
    };
  }
}
