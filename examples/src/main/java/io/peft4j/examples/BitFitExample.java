package io.peft4j.examples;

import java.util.Map;

/**
 * BitFit (Ben Zaken et al. 2022): biases and position bias, one model for all tasks. Arguments:
 * training images (512), epochs (6).
 */
public final class BitFitExample {
  private BitFitExample() {}

  /** Trains and evaluates. */
  public static void main(String[] args) {
    ExampleRun.of(2e-3, args).train("bitfit", Map.of());
  }
}
