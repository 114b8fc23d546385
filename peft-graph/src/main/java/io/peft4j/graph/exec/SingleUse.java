package io.peft4j.graph.exec;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a second thread while one is at work on what it guards. Safe for use by several threads.
 */
public final class SingleUse {
  private final String what;
  private final String instead;
  private final AtomicReference<@Nullable Thread> user = new AtomicReference<>();

  /**
   * A guard.
   *
   * @param what what it guards, for the message
   * @param instead what several threads shall use
   */
  public SingleUse(String what, String instead) {
    this.what = what;
    this.instead = instead;
  }

  /**
   * Does the work, unless another thread is at work.
   *
   * @throws IllegalStateException if one is; nothing is done then
   */
  public <T> T alone(Supplier<T> work) {
    Thread other = user.compareAndExchange(null, Thread.currentThread());
    if (other != null) {
      throw new IllegalStateException(
          "%s is in use by thread '%s'; %s".formatted(what, other.getName(), instead));
    }
    try {
      return work.get();
    } finally {
      user.set(null);
    }
  }

  /** As {@link #alone(Supplier)}. */
  public void alone(Runnable work) {
    alone(
        () -> {
          work.run();
          return true;
        });
  }
}
