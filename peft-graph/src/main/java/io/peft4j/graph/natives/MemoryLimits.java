package io.peft4j.graph.natives;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/**
 * Memory that this process may use, in bytes.
 *
 * @param heap Java's heap
 * @param offHeap ND4J's arrays ({@code org.bytedeco.javacpp.maxbytes}); 0: no limit
 * @param process all that the process holds, mapped files too ({@code
 *     org.bytedeco.javacpp.maxphysicalbytes}); 0: no limit
 * @param physical what the machine has, or the container; 0: unknown
 */
public record MemoryLimits(long heap, long offHeap, long process, long physical) {
  /** Those in force; works without ND4J's natives. */
  static MemoryLimits current() {
    return new MemoryLimits(
        Runtime.getRuntime().maxMemory(),
        Pointer.maxBytes(),
        Pointer.maxPhysicalBytes(),
        physicalBytes());
  }

  private static long physicalBytes() {
    List<OperatingSystemMXBean> beans =
        ManagementFactory.getPlatformMXBeans(OperatingSystemMXBean.class);
    return beans.isEmpty() ? 0 : beans.get(0).getTotalMemorySize();
  }
}
