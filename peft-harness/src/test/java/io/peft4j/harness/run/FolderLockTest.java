package io.peft4j.harness.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.peft4j.api.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One run a folder within a process; between processes {@link KilledRunTest} shows it. A file alone
 * locks nothing.
 */
class FolderLockTest {
  private static final long PID = ProcessHandle.current().pid();

  @TempDir private Path folder;

  private Path file() {
    return folder.resolve(FolderLock.FILE);
  }

  private void assertInUse() {
    for (Path name : List.of(folder, folder.resolve("x/..").normalize())) {
      String message =
          assertThrows(InputException.class, () -> FolderLock.acquire(name)).getMessage();
      assertTrue(message.startsWith(folder + " is in use by another run"), message);
      assertTrue(message.contains(Long.toString(PID)), message);
      assertThrows(InputException.class, () -> FolderLock.requireFree(name));
    }
  }

  @Test
  void itIsHeldUntilItIsGivenBack() throws IOException {
    FolderLock lock = FolderLock.acquire(folder);
    assertInUse();
    // Looked at twice: what asks must not give the lock of others back.
    assertInUse();
    assertTrue(Files.readString(file()).startsWith("pid=" + PID + "\nsince=20"));
    lock.close();
    assertFalse(Files.exists(file()));
    FolderLock.requireFree(folder);
    assertEquals(7, FolderLock.holding(folder, () -> 7));
    assertFalse(Files.exists(file()));
  }

  @Test
  void whatFailsGivesItBackToo() {
    assertThrows(
        IllegalStateException.class,
        () ->
            FolderLock.holding(
                folder,
                () -> {
                  assertInUse();
                  throw new IllegalStateException();
                }));
    FolderLock.requireFree(folder);
  }

  @Test
  void whatAKilledProcessLeavesLocksNothing() throws IOException {
    Files.writeString(file(), "pid=1\nsince=2026-01-01T00:00:00Z\nand more");
    FolderLock.requireFree(folder);
    assertTrue(Files.exists(file()), "a look changes nothing");
    try (FolderLock lock = FolderLock.acquire(folder)) {
      assertEquals(lock, lock);
      assertEquals(2, Files.readAllLines(file()).size(), "and is overwritten");
    }
    assertFalse(Files.exists(file()));
  }

  @Test
  void toLookMakesNoFolderAndToTakeItDoes() throws IOException {
    Path below = folder.resolve("a/b");
    FolderLock.requireFree(below);
    assertFalse(Files.exists(folder.resolve("a")));
    FolderLock.acquire(below).close();
    assertTrue(Files.isDirectory(below));
    Path inTheWay = Files.writeString(folder.resolve("file"), "");
    String message =
        assertThrows(UncheckedIOException.class, () -> FolderLock.acquire(inTheWay)).getMessage();
    assertTrue(message.contains("a file is in the way"), message);
  }

  @Test
  void threadsThatWantItAtOnceHoldItOneByOne() throws Exception {
    int threads = 4;
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger held = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    for (int t = 0; t < threads; t++) {
      pool.submit(
          () -> {
            while (held.get() < 100) {
              try (FolderLock lock = FolderLock.acquire(folder)) {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                assertEquals(lock, lock);
                held.incrementAndGet();
                inside.decrementAndGet();
              } catch (InputException e) {
                Thread.onSpinWait();
              }
            }
          });
    }
    pool.shutdown();
    assertTrue(pool.awaitTermination(1, TimeUnit.MINUTES));
    assertTrue(held.get() >= 100);
    assertEquals(1, most.get());
    assertFalse(Files.exists(file()));
  }
}
