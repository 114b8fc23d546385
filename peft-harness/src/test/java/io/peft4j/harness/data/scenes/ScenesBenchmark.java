package io.peft4j.harness.data.scenes;

import java.util.Locale;

/** Prints what a sample costs on one core; run by hand. Best of several rounds of many samples. */
final class ScenesBenchmark {
  private static final int ROUNDS = 8;
  private static final int SAMPLES = 100;

  private ScenesBenchmark() {}

  public static void main(String[] args) {
    for (int size : new int[] {64, 128}) {
      for (SceneConfig config :
          new SceneConfig[] {
            SceneConfig.scenes(3, size, size), SceneConfig.objects(3, size, size)
          }) {
        SceneRenderer renderer = new SceneRenderer(config);
        double best = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
          long start = System.nanoTime();
          for (int i = 0; i < SAMPLES; i++) {
            renderer.sample(i);
          }
          best = Math.min(best, (System.nanoTime() - start) / 1e6 / SAMPLES);
        }
        System.out.printf(
            Locale.ROOT, "%s %dx%d: %.2f ms per sample%n", config.kind(), size, size, best);
      }
    }
  }
}
