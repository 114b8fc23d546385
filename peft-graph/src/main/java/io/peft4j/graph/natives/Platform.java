package io.peft4j.graph.natives;

import com.google.common.base.StandardSystemProperty;
import com.google.common.base.Strings;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Platforms that differ in what must be set. */
enum Platform {
  LINUX_X86_64,
  LINUX_OTHER,
  OTHER;

  /** The one that this process runs on. */
  static Platform current() {
    return of(StandardSystemProperty.OS_NAME.value(), StandardSystemProperty.OS_ARCH.value());
  }

  /** From Java's {@code os.name} and {@code os.arch}. */
  static Platform of(@Nullable String os, @Nullable String arch) {
    if (!Strings.nullToEmpty(os).toLowerCase(Locale.ROOT).startsWith("linux")) {
      return OTHER;
    }
    return switch (Strings.nullToEmpty(arch)) {
      case "amd64", "x86_64" -> LINUX_X86_64;
      default -> LINUX_OTHER;
    };
  }
}
