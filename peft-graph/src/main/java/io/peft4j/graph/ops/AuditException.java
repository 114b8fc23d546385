package io.peft4j.graph.ops;

import com.google.common.collect.ImmutableList;
import java.util.List;

/** A graph that must not train: a mistake of who built it, with all that was found. */
public final class AuditException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final ImmutableList<String> findings;

  AuditException(List<String> findings) {
    super(
        "the graph cannot be trained as it is (%d findings):%n  %s"
            .formatted(findings.size(), String.join(System.lineSeparator() + "  ", findings)));
    this.findings = ImmutableList.copyOf(findings);
  }

  /** Each finding names an operation or variable and what to do instead. */
  public List<String> findings() {
    return findings;
  }
}
