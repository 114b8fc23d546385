package io.peft4j.graph.plan.kernel;

import com.google.common.base.Throwables;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Loops cut into a fixed number of parts, whatever the number of threads: which elements a part
 * holds never depends on who runs it, so results do not either.
 *
 * <p>Whoever is free takes the next part; the caller takes part, and does all alone before it waits
 * for a thread that the system has not woken yet. Threads are shared by all loops of the same
 * width. A loop that finds them taken runs by itself.
 */
final class Parallel {
  /** Work on the elements of one part. */
  interface Body {
    /**
     * Does {@code from <= i < to}.
     *
     * @param part number of the part
     */
    void run(int from, int to, int part);
  }

  /** Number of parts: enough that the last one to finish is not long alone. */
  static final int PARTS = 32;

  /** With fewer tiles than this, others would come too late. */
  private static final int WORTH = 16;

  /** Looks for work this often before it sleeps: some 10 microseconds. */
  private static final int PATIENCE = 500;

  private static final Body NOTHING = (from, to, part) -> {};
  private static final Map<Integer, Parallel> SHARED = new ConcurrentHashMap<>();

  private final Thread[] workers;
  private final ReentrantLock taken = new ReentrantLock();

  /**
   * Number of the loop in the upper half, of its next part in the lower: a late thread cannot err.
   */
  private final AtomicLong next = new AtomicLong(PARTS);

  private final AtomicInteger done = new AtomicInteger();

  // Of the loop that runs; whoever has taken a part may read them.
  private int count;
  private Body body = NOTHING;
  private volatile @Nullable Throwable failure;

  private Parallel(int threads) {
    workers = new Thread[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Thread(this::work, "plan-" + (i + 1));
      workers[i].setDaemon(true);
      workers[i].start();
    }
  }

  /** Loops over this many threads, the caller's among them. */
  static Parallel of(int threads) {
    return SHARED.computeIfAbsent(threads, Parallel::new);
  }

  /** Runs the body over tiles {@code 0 <= i < count}. */
  void loop(int count, Body body) {
    loop(count, count >= WORTH, body);
  }

  /**
   * Runs the body over {@code 0 <= i < count}.
   *
   * @param worth whether there is enough to do to wake the other threads
   */
  void loop(int count, boolean worth, Body body) {
    if (workers.length == 0 || !worth || !taken.tryLock()) {
      for (int part = 0; part < PARTS; part++) {
        run(count, body, part);
      }
      return;
    }
    try {
      share(count, body);
    } finally {
      taken.unlock();
    }
  }

  /**
   * How many of the {@link #PARTS} may run at once: what each needs for itself is needed so often.
   */
  int lanes(boolean worth) {
    return workers.length == 0 || !worth ? 1 : PARTS;
  }

  private void share(int count, Body body) {
    this.count = count;
    this.body = body;
    failure = null;
    done.set(0);
    long loop = (next.get() >>> Integer.SIZE) + 1;
    next.set(loop << Integer.SIZE);
    for (Thread worker : workers) {
      LockSupport.unpark(worker);
    }
    while (takePart()) {
      // The next one.
    }
    for (int looks = 0; done.get() < PARTS; looks++) {
      if (looks < PATIENCE) {
        Thread.onSpinWait();
      } else {
        // There may be fewer processors than threads.
        Thread.yield();
      }
    }
    this.body = NOTHING;
    Throwable failed = failure;
    if (failed != null) {
      Throwables.throwIfUnchecked(failed);
      throw new IllegalStateException(failed);
    }
  }

  private static void run(int count, Body body, int part) {
    int from = (int) ((long) count * part / PARTS);
    int to = (int) ((long) count * (part + 1) / PARTS);
    if (from < to) {
      body.run(from, to, part);
    }
  }

  /** Does one part; false if there is none left. */
  private boolean takePart() {
    long ticket = next.get();
    int part = (int) ticket;
    if (part >= PARTS) {
      return false;
    }
    if (next.compareAndSet(ticket, ticket + 1)) {
      try {
        run(count, body, part);
      } catch (Throwable e) {
        failure = e;
      } finally {
        done.incrementAndGet();
      }
    }
    return true;
  }

  private void work() {
    int looks = 0;
    while (true) {
      if (takePart()) {
        looks = 0;
      } else if (looks++ < PATIENCE) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
  }
}
