package io.peft4j.graph.rewrite;

import io.peft4j.api.routing.Stream;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A part of the plain graph that is emitted again with another value in place of one variable.
 *
 * <p>The value stands in for one stream; what other streams see is unchanged. Regions nest: what
 * lies outside the inner one may lie inside the outer. Two regions of equal parts are two
 * substitutions, so they are told apart by identity.
 */
final class Region {
  /** The graph as it is. */
  static final Region NONE = new Region("", null, Stream.SHARED, Set.of(), null);

  private final String from;
  private final @Nullable SDVariable replacement;
  private final Stream stream;
  private final Set<String> dependents;
  private final @Nullable Region outer;

  private Region(
      String from,
      @Nullable SDVariable replacement,
      Stream stream,
      Set<String> dependents,
      @Nullable Region outer) {
    this.from = from;
    this.replacement = replacement;
    this.stream = stream;
    this.dependents = dependents;
    this.outer = outer;
  }

  /**
   * A region in this one.
   *
   * @param from the variable whose place is taken
   * @param replacement what takes it
   * @param stream the stream for which it does
   * @param dependents variables that depend on {@code from}, itself included
   */
  Region inside(String from, SDVariable replacement, Stream stream, Set<String> dependents) {
    return new Region(from, replacement, stream, dependents, this);
  }

  /** The innermost region in which {@code variable}, as {@code stream} sees it, may differ. */
  Region of(String variable, Stream stream) {
    Region region = this;
    while (region.outer != null && !region.touches(variable, stream)) {
      region = region.outer;
    }
    return region;
  }

  private boolean touches(String variable, Stream reader) {
    if (variable.equals(from)) {
      return reader.equals(stream);
    }
    // The shared stream never reads another.
    return dependents.contains(variable) && (stream.isShared() || !reader.isShared());
  }

  /** What takes the place of {@code variable}, if this, the region {@link #of} it, starts there. */
  @Nullable SDVariable substitute(String variable) {
    return variable.equals(from) ? replacement : null;
  }
}
