package io.peft4j.graph.natives;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Pages of what native code has freed go back to the system. */
class NativeHeapTest {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** Small enough for glibc to keep it in its heap. */
  private static final int BLOCK = 64 << 10;

  private static final int BLOCKS = 2048;

  private static long residentKb() throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(l -> l.startsWith("VmRSS:"))
        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatWasFreedIsGivenBack() throws IOException {
    assumeTrue(Files.isReadable(STATUS) && hasTrim(), "glibc on Linux");
    NativeLibrary libc = ForeignLibraries.libc();
    Function malloc = libc.getFunction("malloc");
    Function free = libc.getFunction("free");
    Pointer[] blocks =
        IntStream.range(0, BLOCKS)
            .mapToObj(i -> malloc.invokePointer(new Object[] {(long) BLOCK}))
            .toArray(Pointer[]::new);
    for (Pointer block : blocks) {
      block.setMemory(0, BLOCK, (byte) 1);
    }
    // The last block stays, so that the heap cannot simply shrink.
    for (int i = 0; i + 1 < BLOCKS; i++) {
      free.invokeVoid(new Object[] {blocks[i]});
    }
    long before = residentKb();
    NativeHeap.trim();
    long given = before - residentKb();
    free.invokeVoid(new Object[] {blocks[BLOCKS - 1]});
    long freed = (long) BLOCK * BLOCKS >> 10;
    assertTrue(given > freed / 2, () -> "%d of %d kB".formatted(given, freed));
  }

  private static boolean hasTrim() {
    try {
      ForeignLibraries.libc().getFunction("malloc_trim");
      return true;
    } catch (LinkageError e) {
      return false;
    }
  }
}
