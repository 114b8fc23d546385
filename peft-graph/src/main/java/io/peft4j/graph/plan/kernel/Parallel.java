package io.peft4j.graph.plan.kernel;

import com.google.common.base.Throwables;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Loops cut into as many parts as there are threads. Which part holds what depends on the number of
 * threads alone, so that results do.
 *
 * <p>Threads are shared by all loops of the same width. A loop that finds them taken runs all of
 * its parts by itself, one after another.
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

  private static final Body NOTHING = (from, to, part) -> {};
  private static final Map<Integer, Parallel> SHARED = new ConcurrentHashMap<>();

  /** Looks at a new job this often before it sleeps: some 10 microseconds. */
  private static final int PATIENCE = 500;

  /** With fewer tiles than this, others would come too late. */
  private static final int WORTH = 16;

  private final int threads;
  private final Worker[] workers;
  private final ReentrantLock taken = new ReentrantLock();

  private Parallel(int threads) {
    this.threads = threads;
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].setDaemon(true);
      workers[i].start();
    }
  }

  /** Loops over this many threads, the caller's among them. */
  static Parallel of(int threads) {
    return SHARED.computeIfAbsent(threads, Parallel::new);
  }

  /** Number of parts. */
  int parts() {
    return threads;
  }

  /** First element of a part. */
  private int start(int count, int part) {
    return (int) ((long) count * part / threads);
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
    if (threads == 1 || !worth || !taken.tryLock()) {
      for (int part = 0; part < threads; part++) {
        part(count, body, part);
      }
      return;
    }
    try {
      for (Worker worker : workers) {
        worker.begin(count, body);
      }
      Throwable failure = null;
      try {
        part(count, body, 0);
      } catch (RuntimeException | Error e) {
        failure = e;
      }
      for (Worker worker : workers) {
        Throwable other = worker.await();
        failure = failure == null ? other : failure;
      }
      if (failure != null) {
        Throwables.throwIfUnchecked(failure);
        throw new IllegalStateException(failure);
      }
    } finally {
      taken.unlock();
    }
  }

  private void part(int count, Body body, int part) {
    int from = start(count, part);
    int to = start(count, part + 1);
    if (from < to) {
      body.run(from, to, part);
    }
  }

  /** A thread that does one part of each loop. */
  private final class Worker extends Thread {
    private final int part;
    private int count;
    private volatile Body body = NOTHING;
    private volatile @Nullable Throwable failure;

    Worker(int part) {
      super("plan-" + part);
      this.part = part;
    }

    void begin(int count, Body body) {
      this.count = count;
      this.failure = null;
      this.body = body;
      LockSupport.unpark(this);
    }

    /** Waits for the end; what went wrong, or null. */
    @Nullable Throwable await() {
      for (int looks = 0; body != NOTHING; looks++) {
        if (looks < PATIENCE) {
          Thread.onSpinWait();
        } else {
          // There may be fewer processors than threads.
          Thread.yield();
        }
      }
      return failure;
    }

    @Override
    public void run() {
      int looks = 0;
      while (true) {
        if (body == NOTHING) {
          if (looks++ < PATIENCE) {
            Thread.onSpinWait();
          } else {
            LockSupport.park(Parallel.this);
          }
          continue;
        }
        looks = 0;
        try {
          part(count, body, part);
        } catch (Throwable e) {
          failure = e;
        } finally {
          body = NOTHING;
        }
      }
    }
  }
}
