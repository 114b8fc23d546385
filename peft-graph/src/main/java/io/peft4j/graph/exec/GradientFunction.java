package io.peft4j.graph.exec;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Collection;
import org.nd4j.autodiff.samediff.SameDiff;

/** SameDiff's gradient graph, made without its chatter. */
final class GradientFunction {
  /** SameDiff's own key, which it keeps protected. */
  private static final String KEY = "grad";

  private GradientFunction() {}

  /** Differentiates {@code loss}; SameDiff prints a line to standard output per operation. */
  static void create(SameDiff graph, String loss, Collection<String> trainables) {
    synchronized (GradientFunction.class) {
      PrintStream out = System.out;
      System.setOut(new PrintStream(OutputStream.nullOutputStream()));
      try {
        graph.setLossVariables(loss);
        graph.createGradFunction(trainables.toArray(String[]::new));
      } finally {
        System.setOut(out);
      }
    }
  }

  static SameDiff of(SameDiff graph) {
    return graph.getFunction(KEY);
  }
}
