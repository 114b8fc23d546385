package io.peft4j.graph.natives;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableMap;
import java.util.Map;

/** Decides what native libraries should read from their environment. */
final class NativeSettings {
  static final String CORE_TYPE = "OPENBLAS_CORETYPE";
  static final String SPIN_COUNT = "GOMP_SPINCOUNT";
  static final String WAIT_POLICY = "OMP_WAIT_POLICY";

  /** Turns of an idle thread's loop before it sleeps: some microseconds. */
  static final String SHORT_SPIN = "1000";

  private NativeSettings() {}

  /**
   * Variables to set, none of which the user has set; a blank one counts as not set.
   *
   * <p>Idle threads of GNU's OpenMP would spin for milliseconds and take cores away from Java's.
   */
  static Map<String, String> choose(
      Platform platform, CpuInfo cpu, Map<String, String> environment) {
    ImmutableMap.Builder<String, String> chosen = ImmutableMap.builder();
    if (platform == Platform.LINUX_X86_64 && !isSet(environment, CORE_TYPE)) {
      CoreType.bestFor(cpu).ifPresent(type -> chosen.put(CORE_TYPE, type.id()));
    }
    if (platform != Platform.OTHER
        && !isSet(environment, SPIN_COUNT)
        && !isSet(environment, WAIT_POLICY)) {
      chosen.put(SPIN_COUNT, SHORT_SPIN);
    }
    return chosen.build();
  }

  /** True if the user has given a variable a value. */
  static boolean isSet(Map<String, String> environment, String name) {
    return !Strings.nullToEmpty(environment.get(name)).isBlank();
  }
}
