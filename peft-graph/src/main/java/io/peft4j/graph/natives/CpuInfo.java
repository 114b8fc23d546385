package io.peft4j.graph.natives;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * The processor, as Linux describes it.
 *
 * @param model name, or {@link #UNKNOWN}
 * @param flags instruction sets in Linux's spelling, such as {@code avx2}; empty where unknown
 */
public record CpuInfo(String model, Set<String> flags) {
  /** Model of a processor that the system does not name. */
  public static final String UNKNOWN = "unknown";

  private static final Path FILE = Path.of("/proc/cpuinfo");
  private static final Splitter FIELD = Splitter.on(':').limit(2).trimResults();
  private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings().trimResults();

  public CpuInfo {
    flags = ImmutableSet.copyOf(flags);
  }

  /** This machine's processor; elsewhere than on Linux an unknown one. */
  public static CpuInfo read() {
    try {
      return parse(Files.readString(FILE));
    } catch (IOException e) {
      return new CpuInfo(UNKNOWN, Set.of());
    }
  }

  /**
   * Reads the text of {@code /proc/cpuinfo}. Only flags that every core has count: a thread may run
   * on any of them.
   */
  static CpuInfo parse(String text) {
    String model = UNKNOWN;
    Set<String> flags = Set.of();
    boolean first = true;
    for (String line : Splitter.on('\n').split(text)) {
      List<String> field = FIELD.splitToList(line);
      if (field.size() < 2) {
        continue;
      }
      if (field.get(0).equals("model name")) {
        model = field.get(1);
      } else if (field.get(0).equals("flags")) {
        Set<String> ofCore = ImmutableSet.copyOf(WORDS.split(field.get(1)));
        flags = first ? ofCore : Sets.intersection(flags, ofCore).immutableCopy();
        first = false;
      }
    }
    return new CpuInfo(model, flags);
  }

  /** True if it has all of these instruction sets. */
  boolean has(Collection<String> wanted) {
    return flags.containsAll(wanted);
  }
}
