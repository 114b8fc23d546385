package io.peft4j.ditask;

import com.google.common.base.Throwables;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;

/** Decomposes weights side by side, one a thread; the result does not depend on the threads. */
final class Decomposer {
  private final FactorCache cache;
  private final int threads;

  Decomposer(FactorCache cache, int threads) {
    this.cache = cache;
    this.threads = threads;
  }

  /**
   * The factors of each part.
   *
   * @throws io.peft4j.api.InputException if an entry is not finite, before any is decomposed
   */
  List<Factors> decompose(List<WeightPart> parts, DataType type) {
    // the longest first, so that no thread is left with one at the end
    List<Integer> order =
        IntStream.range(0, parts.size())
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -parts.get(i).work()))
            .toList();
    List<WeightPart> sorted = order.stream().map(parts::get).toList();
    ExecutorService pool = Executors.newFixedThreadPool(threads, Decomposer::daemon);
    try {
      // a wrong weight is told before the others take their time
      all(pool, parts, p -> p.rows().length);
      List<Factors> factors = all(pool, sorted, p -> cache.factors(p.rows(), type));
      Factors[] inPlace = new Factors[parts.size()];
      for (int i = 0; i < inPlace.length; i++) {
        inPlace[order.get(i)] = factors.get(i);
      }
      return List.of(inPlace);
    } finally {
      pool.shutdownNow();
    }
  }

  private static <T> List<T> all(
      ExecutorService pool, List<WeightPart> parts, Function<WeightPart, T> work) {
    List<Future<T>> futures = new ArrayList<>();
    for (WeightPart part : parts) {
      futures.add(pool.submit(() -> work.apply(part)));
    }
    List<T> results = new ArrayList<>();
    try {
      for (Future<T> future : futures) {
        results.add(future.get());
      }
    } catch (ExecutionException e) {
      Throwables.throwIfUnchecked(e.getCause());
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while weights were decomposed", e);
    }
    return results;
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "decomposer");
    thread.setDaemon(true);
    return thread;
  }
}
