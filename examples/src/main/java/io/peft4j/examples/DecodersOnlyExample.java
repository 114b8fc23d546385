package io.peft4j.examples;

import java.util.Map;

/** Decoders only: the backbone stays frozen. Arguments: training images (512), epochs (6). */
public final class DecodersOnlyExample {
  private DecodersOnlyExample() {}

  /** Trains and evaluates. */
  public static void main(String[] args) {
    ExampleRun.of(2e-3, args).train("decoders-only", Map.of());
  }
}
