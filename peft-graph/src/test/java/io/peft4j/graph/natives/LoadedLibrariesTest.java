package io.peft4j.graph.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A process's own map of memory says which OpenBLAS it has loaded. */
class LoadedLibrariesTest {
  private static final String JVM =
      """
      7f1a00000000-7f1a00021000 rw-p 00000000 00:00 0
      7f1a1e000000-7f1a1e200000 r--p 00000000 fe:00 1811 /usr/lib/jvm/lib/server/libjvm.so
      7f1a20000000-7f1a20001000 r--s 00000000 fe:00 1812 /repo/openblas-0.3.19-1.5.7.jar
      7ffc5a000000-7ffc5a021000 rw-p 00000000 00:00 0 [stack]
      """;

  @Test
  void aJarIsNoLibrary() {
    assertEquals(List.of(), LoadedLibraries.parse(JVM).openBlas());
  }

  @Test
  void theWholeInterfaceIsBeforeTheOneWithoutLapack() {
    String maps =
        JVM
            + """
            7f2000000000-7f2000100000 r-xp 00000000 fe:00 1 /a cache/libopenblas_nolapack.so.0
            7f2100000000-7f2100100000 r-xp 00000000 fe:00 2 /a cache/libopenblas.so.0
            """;
    assertEquals(
        List.of(
            Path.of("/a cache/libopenblas.so.0"), Path.of("/a cache/libopenblas_nolapack.so.0")),
        LoadedLibraries.parse(maps).openBlas());
  }
}
