package io.peft4j.harness.cli;

/** Work that hears of signals and does not end for them, in a process of its own. */
final class StubbornWork {
  /** Line that says that signals are heard. */
  static final String READY = "ready";

  private StubbornWork() {}

  /** Works for ever. */
  public static void main(String[] args) {
    System.exit(
        StopSignals.during(
            line -> {
              System.out.println(line);
              System.out.flush();
            },
            stop -> {
              System.out.println(READY);
              System.out.flush();
              while (true) {
                try {
                  Thread.sleep(Long.MAX_VALUE);
                } catch (InterruptedException e) {
                  throw new IllegalStateException("waits for signals", e);
                }
              }
            }));
  }
}
