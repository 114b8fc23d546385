package io.peft4j.graph.rewrite;

/** A plugin broke a rule of rewriting; the message names the site, the stream and the rule. */
public final class RewriteException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  RewriteException(String message) {
    super(message);
  }
}
