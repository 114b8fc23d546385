package io.peft4j.graph.merge;

import java.util.List;

/** A model cannot be merged into plain weights; the message names the sites and the reason. */
public final class MergeException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  MergeException(String method, List<String> reasons) {
    super("%s cannot be merged: %s".formatted(method, String.join("; ", reasons)));
  }
}
