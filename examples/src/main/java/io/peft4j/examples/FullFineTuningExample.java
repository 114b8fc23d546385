package io.peft4j.examples;

import java.util.Map;

/**
 * Full fine-tuning: every parameter of the backbone, one model for all tasks. Arguments: training
 * images (512), epochs (6).
 */
public final class FullFineTuningExample {
  private FullFineTuningExample() {}

  /** Trains and evaluates. */
  public static void main(String[] args) {
    ExampleRun.of(5e-4, args).train("full", Map.of());
  }
}
