package io.peft4j.graph.natives;

import com.sun.jna.Function;
import java.util.Optional;

/**
 * Memory that native libraries and the virtual machine's compiler have freed, and that the C
 * library keeps in case it is asked for again: some ten megabytes after a graph was built and its
 * kernels were compiled.
 */
public final class NativeHeap {
  private NativeHeap() {}

  /** Found once, when it is needed first. */
  private static final class Trim {
    static final Optional<Function> FUNCTION = find();

    private static Optional<Function> find() {
      if (Platform.current() == Platform.OTHER) {
        return Optional.empty();
      }
      try {
        return Optional.of(ForeignLibraries.libc().getFunction("malloc_trim"));
      } catch (LinkageError e) {
        // Not glibc.
        return Optional.empty();
      }
    }
  }

  /**
   * Gives pages that hold nothing back to the system, with glibc; elsewhere nothing happens. Takes
   * a millisecond or so.
   */
  public static void trim() {
    Trim.FUNCTION.ifPresent(f -> f.invokeInt(new Object[] {0}));
  }
}
