package io.peft4j.graph.natives;

import java.util.Set;
import org.nd4j.linalg.factory.Nd4j;

/** A program of its own for {@link NativeSetupTest}; prints what it finds, a line each. */
final class NativeProbe {
  /** Prepares, then loads OpenBLAS alone, which is quick. */
  static final String OPENBLAS = "openblas";

  /** Sets a core type as other code of the process might, then as {@link #OPENBLAS}. */
  static final String SET_BEFORE = "set-before";

  /** Prepares, then loads the whole of ND4J. */
  static final String ND4J = "nd4j";

  /** Makes an array before anything of this library is called. */
  static final String ND4J_FIRST = "nd4j-first";

  /** Loads OpenBLAS, then prepares. */
  static final String LATE = "late";

  private static final String OPENBLAS_CLASS = "org.bytedeco.openblas.global.openblas";

  private NativeProbe() {}

  public static void main(String[] args) throws ClassNotFoundException {
    if (args[0].equals(SET_BEFORE)) {
      ForeignLibraries.libc()
          .getFunction("setenv")
          .invokeInt(new Object[] {NativeSettings.CORE_TYPE, "Nehalem", 1});
    }
    if (args[0].equals(LATE)) {
      Class.forName(OPENBLAS_CLASS);
    }
    if (args[0].equals(ND4J_FIRST)) {
      System.out.println("sum: " + Nd4j.ones(2, 2).sumNumber());
    }
    NativeSetup.prepare();
    NativeSetup.prepare();
    System.out.println("loaded by prepare: " + !LoadedLibraries.read().openBlas().isEmpty());
    System.out.println("core type: " + variable(NativeSettings.CORE_TYPE));
    System.out.println("spin count: " + variable(NativeSettings.SPIN_COUNT));
    if (args[0].equals(ND4J)) {
      System.out.println("sum: " + Nd4j.ones(2, 2).sumNumber());
    } else {
      Class.forName(OPENBLAS_CLASS);
    }
    System.out.println("core asked: " + OpenBlas.core().orElse("unknown"));
    System.out.println("different cores: " + Set.copyOf(OpenBlas.cores()).size());
  }

  /** As native code sees it, which Java's copy of the environment does not tell. */
  private static String variable(String name) {
    return String.valueOf(
        ForeignLibraries.libc().getFunction("getenv").invokeString(new Object[] {name}, false));
  }
}
