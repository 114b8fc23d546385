package io.peft4j.graph.exec;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Collection;
import org.nd4j.autodiff.samediff.SameDiff;

/** SameDiff's gradient graph, made without its chatter. */
final class GradientFunction {
  /** SameDiff's own key, which it keeps protected. */
  private static final String KEY = "grad";

  private GradientFunction() {}

  /**
   * Differentiates {@code loss}.
   *
   * <p>The graph forgets its gradient function when another is made; what is returned here stays.
   */
  static SameDiff create(SameDiff graph, String loss, Collection<String> trainables) {
    quietly(
        () -> {
          graph.setLossVariables(loss);
          graph.createGradFunction(trainables.toArray(String[]::new));
        });
    return graph.getFunction(KEY);
  }

  /** SameDiff prints a line to standard output per operation; other threads' lines go through. */
  private static synchronized void quietly(Runnable work) {
    PrintStream out = System.out;
    Thread mute = Thread.currentThread();
    System.setOut(
        new PrintStream(
            new FilterOutputStream(out) {
              @Override
              public void write(int b) throws IOException {
                if (Thread.currentThread() != mute) {
                  out.write(b);
                }
              }

              @Override
              public void write(byte[] bytes, int from, int length) throws IOException {
                if (Thread.currentThread() != mute) {
                  out.write(bytes, from, length);
                }
              }
            },
            true));
    try {
      work.run();
    } finally {
      System.setOut(out);
    }
  }
}
