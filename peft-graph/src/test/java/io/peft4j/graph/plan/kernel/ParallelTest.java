package io.peft4j.graph.plan.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Loops do each element once, in the same parts whoever runs them, and pass failures on. */
class ParallelTest {
  @Test
  void eachElementOnceAndInTheSamePart() {
    for (int threads = 1; threads <= 4; threads++) {
      Parallel parallel = Parallel.of(threads);
      for (int count : new int[] {0, 1, 2, 3, 7, 16, 1000}) {
        int[] alone = parts(parallel, count, false);
        int[] shared = parts(parallel, count, true);
        assertEquals(Arrays.toString(alone), Arrays.toString(shared));
      }
    }
  }

  private static int[] parts(Parallel parallel, int count, boolean worth) {
    int[] parts = new int[count];
    AtomicIntegerArray visits = new AtomicIntegerArray(count);
    parallel.loop(
        count,
        worth,
        (from, to, part) -> {
          for (int i = from; i < to; i++) {
            parts[i] = part;
            visits.incrementAndGet(i);
          }
        });
    IntStream.range(0, count).forEach(i -> assertEquals(1, visits.get(i)));
    return parts;
  }

  /** Where there is one lane, parts may share what is not safe for several threads. */
  @Test
  void oneLaneIsOneThread() {
    for (int threads = 1; threads <= 4; threads++) {
      Parallel parallel = Parallel.of(threads);
      for (boolean worth : new boolean[] {false, true}) {
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        parallel.loop(Parallel.PARTS, worth, (from, to, part) -> seen.add(Thread.currentThread()));
        if (parallel.lanes(worth) == 1) {
          assertEquals(Set.of(Thread.currentThread()), seen);
        } else {
          assertEquals(Parallel.PARTS, parallel.lanes(worth));
        }
        assertEquals(threads == 1 || !worth, parallel.lanes(worth) == 1);
      }
    }
  }

  @Test
  void manyMayLoopAtOnce() {
    Parallel parallel = Parallel.of(2);
    List<Integer> sums =
        IntStream.range(0, 200)
            .parallel()
            .mapToObj(
                run -> {
                  int[] partial = new int[Parallel.PARTS];
                  parallel.loop(
                      100,
                      true,
                      (from, to, part) -> partial[part] += IntStream.range(from, to).sum());
                  return Arrays.stream(partial).sum();
                })
            .toList();
    assertEquals(List.of(4950), sums.stream().distinct().toList());
  }

  @Test
  void failuresOfAnyPartArePassedOnAndTheNextLoopRuns() {
    Parallel parallel = Parallel.of(2);
    for (int failing = 0; failing < Parallel.PARTS; failing++) {
      int bad = failing;
      Error error = new AssertionError("part " + bad);
      Parallel.Body body =
          (from, to, part) -> {
            if (part == bad) {
              throw error;
            }
          };
      assertSame(error, assertThrows(Error.class, () -> parallel.loop(100, true, body)));
      parts(parallel, 10, true);
    }
  }
}
