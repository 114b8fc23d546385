package io.peft4j.graph.natives;

import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import java.nio.file.Path;
import java.util.Map;

/** Native libraries by JNA, which ND4J brings; any call may throw what JNA throws. */
final class ForeignLibraries {
  /** dlfcn.h: RTLD_LAZY | RTLD_NOLOAD, and not RTLD_GLOBAL. */
  private static final int ONLY_IF_LOADED = 0x1 | 0x4;

  private static final String BUNDLED_ONLY = "jna.nosys";

  private ForeignLibraries() {}

  /** The C library of this process. */
  static NativeLibrary libc() {
    useBundled();
    return NativeLibrary.getInstance("c");
  }

  /** A library that the system finds by name. */
  static NativeLibrary named(String name) {
    useBundled();
    return NativeLibrary.getInstance(name);
  }

  /**
   * A library that this process has loaded already (Linux).
   *
   * <p>JNA would make its symbols global, and of ND4J's two copies of OpenBLAS the one would then
   * free buffers of the other.
   */
  static NativeLibrary loaded(Path file) {
    useBundled();
    return NativeLibrary.getInstance(
        file.toString(), Map.of(Library.OPTION_OPEN_FLAGS, ONLY_IF_LOADED));
  }

  /** A system's own part of JNA of another version would be refused; later JNAs do the same. */
  private static void useBundled() {
    if (System.getProperty(BUNDLED_ONLY) == null) {
      System.setProperty(BUNDLED_ONLY, "true");
    }
  }
}
