package io.peft4j.graph.natives;

import com.google.common.base.StandardSystemProperty;

/**
 * What the process runs on.
 *
 * @param cores processors that Java may use
 * @param java version of the JDK
 * @param system name, version and architecture of the operating system
 */
public record Machine(CpuInfo cpu, int cores, String java, String system) {
  /** This one. */
  static Machine current() {
    return new Machine(
        CpuInfo.read(),
        Runtime.getRuntime().availableProcessors(),
        Runtime.version().toString(),
        String.join(
            " ",
            StandardSystemProperty.OS_NAME.value(),
            StandardSystemProperty.OS_VERSION.value(),
            StandardSystemProperty.OS_ARCH.value()));
  }
}
