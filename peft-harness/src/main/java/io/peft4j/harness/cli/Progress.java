package io.peft4j.harness.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress bars of all commands: on standard error, with a remaining-time estimate. */
final class Progress {
  private static final int MILLIS = 1000;

  private Progress() {}

  static ProgressBar bar(String name, long steps) {
    PrintStream err = System.err;
    return new ProgressBarBuilder()
        .setTaskName(name)
        .setInitialMax(steps)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(MILLIS)
        .setConsumer(new ConsoleProgressBarConsumer(err))
        .build();
  }
}
