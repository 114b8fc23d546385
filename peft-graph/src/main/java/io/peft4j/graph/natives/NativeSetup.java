package io.peft4j.graph.natives;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableMap;
import com.sun.jna.NativeLibrary;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets what ND4J's native libraries read from the environment when they load, unless the user has
 * set it: on Linux {@code GOMP_SPINCOUNT}, on x86-64 also {@code OPENBLAS_CORETYPE}, without which
 * a processor newer than the bundled OpenBLAS computes several times slower.
 *
 * <p>The doors of this library call {@link #prepare()}, and ND4J itself does through {@link
 * PreparingBackend}, so that kernels do not depend on what a program does first. One that loads
 * OpenBLAS past ND4J calls it first thing in its main. Other platforms need nothing.
 */
public final class NativeSetup {
  private static final Logger log = LoggerFactory.getLogger(NativeSetup.class);

  private static volatile boolean done;
  private static volatile Map<String, String> applied = Map.of();

  private NativeSetup() {}

  /**
   * Prepares this process, once; later calls cost nothing. Never throws: what cannot be set is
   * logged. If OpenBLAS is loaded already and computes otherwise than it would, that is a warning.
   */
  public static void prepare() {
    if (!done) {
      prepareOnce();
    }
  }

  private static synchronized void prepareOnce() {
    if (done) {
      return;
    }
    try {
      prepare(Platform.current(), CpuInfo.read(), System.getenv());
    } catch (RuntimeException | Error e) {
      // JNA throws plain errors too; the computation is right without all this, only slower.
      log.info("native libraries keep their own settings: {}", e.toString());
    } finally {
      done = true;
    }
  }

  private static void prepare(Platform platform, CpuInfo cpu, Map<String, String> environment) {
    if (platform == Platform.LINUX_X86_64) {
      wrongWarning(environment).ifPresent(log::warn);
    }
    Map<String, String> chosen = NativeSettings.choose(platform, cpu, environment);
    if (chosen.isEmpty()) {
      return;
    }
    if (!LoadedLibraries.read().openBlas().isEmpty()) {
      OpenBlas.cores().stream()
          .flatMap(core -> lateWarning(core, cpu, environment).stream())
          .findFirst()
          .ifPresent(log::warn);
      return;
    }
    NativeLibrary libc = ForeignLibraries.libc();
    ImmutableMap.Builder<String, String> set = ImmutableMap.builder();
    chosen.forEach(
        (name, value) -> {
          // A blank value is replaced; what other code of this process has set is not.
          int overwrite = environment.containsKey(name) ? 1 : 0;
          int code = libc.getFunction("setenv").invokeInt(new Object[] {name, value, overwrite});
          if (code == 0) {
            set.put(name, value);
            log.debug("{}={}", name, value);
          } else {
            log.info("cannot set {}={}", name, value);
          }
        });
    applied = set.build();
  }

  /** What to say if OpenBLAS has loaded before it could be told its core. */
  static Optional<String> lateWarning(String core, CpuInfo cpu, Map<String, String> environment) {
    if (NativeSettings.isSet(environment, NativeSettings.CORE_TYPE)) {
      return Optional.empty();
    }
    return CoreType.bestFor(cpu)
        .filter(best -> !best.id().equalsIgnoreCase(core.strip()))
        .map(
            best ->
                ("OpenBLAS was loaded before NativeSetup.prepare() and computes with kernels for"
                        + " %s, not %s: %sresults differ in their last bits from those of other"
                        + " processes; call prepare() first thing in main, or start with %s=%s")
                    .formatted(
                        core,
                        best.id(),
                        CoreType.isWrong(core)
                            ? "several threads multiply doubles wrongly with them, and "
                            : best.isReachedBy(core)
                                ? ""
                                : "several times slower than this processor allows, and ",
                        NativeSettings.CORE_TYPE,
                        best.id()));
  }

  /** What to say of a core that the user has chosen and whose kernels are wrong. */
  static Optional<String> wrongWarning(Map<String, String> environment) {
    return Optional.ofNullable(environment.get(NativeSettings.CORE_TYPE))
        .filter(CoreType::isWrong)
        .map(
            core ->
                "%s=%s: several threads multiply doubles wrongly with these kernels of OpenBLAS; unset it, or set OMP_NUM_THREADS=1"
                    .formatted(NativeSettings.CORE_TYPE, core));
  }

  /** Where a variable's value comes from, if it has one. */
  static Optional<Setting> setting(String name) {
    String own = applied.get(name);
    if (own != null) {
      return Optional.of(new Setting(name, own, false));
    }
    String users = Strings.nullToEmpty(System.getenv(name));
    return users.isBlank() ? Optional.empty() : Optional.of(new Setting(name, users, true));
  }

  /**
   * A variable of the environment that native libraries read.
   *
   * @param byUser true if this library left it as it was
   */
  record Setting(String name, String value, boolean byUser) {
    @Override
    public String toString() {
      return "%s=%s".formatted(name, value);
    }
  }
}
